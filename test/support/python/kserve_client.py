"""Asks a server with KServe's own client for REST, in its protocols v1 and v2, and prints what came as JSON.

usage: kserve_client.py URL MODEL what
       kserve_client.py URL MODEL load   until a line comes on standard input
"""

import asyncio
import json
import select
import sys

import httpx
import numpy
from kserve import InferenceRESTClient, InferInput, InferRequest, RESTConfig
from kserve.protocol.infer_type import RequestedOutput

url, model, what = sys.argv[1:]
clients = {protocol: InferenceRESTClient(RESTConfig(protocol=protocol, retries=0)) for protocol in ("v1", "v2")}


def request(texts, binary=False):
    text = InferInput("text", [len(texts)], "BYTES", data=None if binary else texts)
    if binary:
        text.set_data_from_numpy(numpy.array([one.encode() for one in texts], dtype=object), binary_data=True)
    outputs = [RequestedOutput("labels", parameters={"binary_data": binary})]
    return InferRequest(model_name=model, infer_inputs=[text], request_outputs=outputs)


async def infer(texts, binary=False):
    headers = {}
    answer = await clients["v2"].infer(
        url, request(texts, binary), model_name=model, response_headers=headers
    )
    labels = answer.outputs[0].as_numpy().tolist()
    return headers["x-model-version"].split("@")[1], [
        [cell.decode() if isinstance(cell, bytes) else cell for cell in row] for row in labels
    ]


async def predict(texts):
    headers = {}
    answer = await clients["v1"].infer(
        url, {"instances": texts}, model_name=model, response_headers=headers
    )
    return headers["x-model-version"].split("@")[1], [one["labels"] for one in answer["predictions"]]


async def error_of(work):
    try:
        await work
    except httpx.HTTPStatusError as error:
        return [error.response.status_code, str(error)]


async def ask_everything():
    texts = ["您贵姓", "你好"]
    v1, v2 = clients["v1"], clients["v2"]
    explained = await v1.explain(url, model, {"instances": texts[:1]})
    return {
        "live": await v2.is_server_live(url),
        "ready": await v2.is_server_ready(url),
        "model_ready": await v2.is_model_ready(url, model),
        "model_ready_v1": await v1.is_model_ready(url, model),
        "infer": await infer(texts),
        "binary": await infer(texts, binary=True),
        "predict": await predict(texts),
        "explained": explained["explanations"][0][0]["label"],
        "errors": [
            await error_of(v2.infer(url, request(texts), model_name="unknown")),
            await error_of(v1.infer(url, {"instances": texts}, model_name="unknown")),
        ],
    }


async def load():
    """How many answers came of each version, and what went wrong."""
    versions, failures = {}, []
    while not select.select([sys.stdin], [], [], 0)[0]:
        for ask in (infer, predict):
            try:
                version, [[label]] = await ask(["您贵姓"])
                key = f"{version} {label}"
                versions[key] = versions.get(key, 0) + 1
            except Exception as error:  # noqa: BLE001: whatever it is, it is a request that was lost
                failures.append(repr(error))
    return {"versions": versions, "failures": failures}


print(json.dumps(asyncio.run(ask_everything() if what == "what" else load())))
