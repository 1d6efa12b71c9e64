"""Asks a server of the Open Inference Protocol with Triton's own client, and prints what came as JSON.

usage: v2_client.py ADDRESS MODEL what
       v2_client.py ADDRESS MODEL reload
       v2_client.py ADDRESS MODEL load   until a line comes on standard input
"""

import json
import select
import sys

import numpy
import tritonclient.http as triton

address, model, what = sys.argv[1:]
client = triton.InferenceServerClient(address)


def infer(texts, binary_input=True, binary_output=True, **options):
    data = numpy.array([text.encode() for text in texts], dtype=object)
    text = triton.InferInput("text", [len(texts)], "BYTES")
    text.set_data_from_numpy(data, binary_data=binary_input)
    outputs = [
        triton.InferRequestedOutput(name, binary_data=binary_output) for name in ("labels", "probabilities")
    ]
    return client.infer(model, [text], outputs=outputs, **options)


def decode(array):
    return [[cell.decode() if isinstance(cell, bytes) else cell for cell in row] for row in array.tolist()]


def ask_everything():
    texts = ["您贵姓", "你好"]
    answers = []
    for binary_input in (True, False):
        for binary_output in (True, False):
            answer = infer(texts, binary_input, binary_output, request_id="7", parameters={"k": 2})
            answers.append(
                {
                    "id": answer.get_response()["id"],
                    "version": answer.get_response()["model_version"],
                    "labels": decode(answer.as_numpy("labels")),
                    "probabilities": decode(answer.as_numpy("probabilities")),
                }
            )
    version = answers[0]["version"]
    errors = []
    for name, wanted in ((model, "1"), ("unknown", "")):
        try:
            client.infer(name, [], model_version=wanted)
        except triton.InferenceServerException as error:
            errors.append([error.status(), error.message()])
    try:
        infer(["x" * 600_000])
    except triton.InferenceServerException as error:
        errors.append([error.status(), error.message()])
    compressed = infer(texts, request_compression_algorithm="gzip")
    deflated = infer(texts, request_compression_algorithm="deflate")
    return {
        "live": client.is_server_live(),
        "ready": client.is_server_ready(),
        "model_ready": client.is_model_ready(model),
        "version_ready": client.is_model_ready(model, version),
        "other_ready": client.is_model_ready(model, "1"),
        "server": client.get_server_metadata(),
        "metadata": client.get_model_metadata(model, version),
        "index": client.get_model_repository_index(),
        "answers": answers,
        "compressed": [decode(one.as_numpy("labels")) for one in (compressed, deflated)],
        "errors": errors,
    }


def load():
    """How many answers came of each version, and what went wrong."""
    versions, failures = {}, []
    while not select.select([sys.stdin], [], [], 0)[0]:
        try:
            answer = infer(["您贵姓"])
            label = answer.as_numpy("labels")[0][0].decode()
            key = f'{answer.get_response()["model_version"]} {label}'
            versions[key] = versions.get(key, 0) + 1
        except Exception as error:  # noqa: BLE001: whatever it is, it is a request that was lost
            failures.append(repr(error))
    return {"versions": versions, "failures": failures}


def reload():
    """Whether the model was ready before it was unloaded, while it was, and after it was loaded again."""
    ready = [client.is_model_ready(model)]
    client.unload_model(model)
    ready.append(client.is_model_ready(model))
    client.load_model(model)
    ready.append(client.is_model_ready(model))
    try:
        client.load_model(model, config="{}")
    except triton.InferenceServerException as error:
        return {"ready": ready, "refused": error.status()}


print(json.dumps({"what": ask_everything, "load": load, "reload": reload}[what]()))
