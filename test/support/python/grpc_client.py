"""Asks a server of the Open Inference Protocol over gRPC with Triton's own client and gRPC's own, and prints what came as JSON.

usage: grpc_client.py ADDRESS MODEL what
       grpc_client.py ADDRESS MODEL load   until a line comes on standard input
"""

import json
import sys
import threading
from collections import Counter

import grpc
import numpy
import tritonclient.grpc as triton
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase
from google.protobuf import empty_pb2
from tritonclient.grpc import service_pb2, service_pb2_grpc

address, model, what = sys.argv[1:]
client = triton.InferenceServerClient(address)


def infer(texts, outputs=("labels", "probabilities"), **options):
    text = triton.InferInput("text", [len(texts)], "BYTES")
    text.set_data_from_numpy(numpy.array([text.encode() for text in texts], dtype=object))
    wanted = [triton.InferRequestedOutput(name) for name in outputs]
    return client.infer(model, [text], outputs=wanted, **options)


def decode(array):
    return [[cell.decode() if isinstance(cell, bytes) else cell for cell in row] for row in array.tolist()]


def describe(answer):
    response = answer.get_response()
    return {
        "id": response.id,
        "version": response.model_version,
        "outputs": [[output.name, output.datatype, list(output.shape)] for output in response.outputs],
        "labels": decode(answer.as_numpy("labels")),
        "probabilities": decode(answer.as_numpy("probabilities")),
    }


def error_of(call):
    """The status that a call ends with, and its message."""
    try:
        call()
    except triton.InferenceServerException as error:
        return [str(error.status()), error.message()]
    except grpc.RpcError as error:
        return [str(error.code()), error.details()]
    return None


def raw_calls(channel):
    """What Triton's client does not send: contents in place of raw tensors, both, and wrong ones."""
    stub = service_pb2_grpc.GRPCInferenceServiceStub(channel)

    def request(contents=None, raw=None, shape=(1,), datatype="BYTES", name="text", **more):
        tensor = service_pb2.ModelInferRequest.InferInputTensor(name=name, datatype=datatype, shape=shape)
        if contents is not None:
            tensor.contents.CopyFrom(service_pb2.InferTensorContents(**contents))
        return service_pb2.ModelInferRequest(
            **{"model_name": model, "inputs": [tensor], "raw_input_contents": raw or [], **more}
        )

    text = "您贵姓".encode()
    bytes_contents = {"bytes_contents": [text]}
    raw = [len(text).to_bytes(4, "little") + text]
    answer, call = stub.ModelInfer.with_call(
        request(bytes_contents, outputs=[{"name": "labels"}]), compression=grpc.Compression.Gzip
    )
    return {
        "contents": [answer.model_version, len(answer.outputs), answer.raw_output_contents[0][4:].decode()],
        "metadata": dict(call.initial_metadata()).get("x-model-version"),
        "both": error_of(lambda: stub.ModelInfer(request(bytes_contents, raw))),
        "neither": error_of(lambda: stub.ModelInfer(request())),
        "numbers": error_of(lambda: stub.ModelInfer(request({"int_contents": [1]}))),
        "too many": error_of(lambda: stub.ModelInfer(request(raw=raw * 2))),
        "long": error_of(lambda: stub.ModelInfer(request(raw=[raw[0] + b"\0"]))),
        "no length": error_of(lambda: stub.ModelInfer(request(raw=[b"\xff\xff\xff\xff"]))),
        "shapes": [
            error_of(lambda: stub.ModelInfer(request(raw=raw, shape=shape)))
            for shape in ([2], [0], [-1], [], [1, 2], [2**32, 2**32], [2**63 - 1], [1] * 100)
        ],
        "datatype": error_of(lambda: stub.ModelInfer(request(raw=raw, datatype="INT32"))),
        "name": error_of(lambda: stub.ModelInfer(request(raw=raw, name="__proto__"))),
        "model": error_of(lambda: stub.ModelInfer(request(raw=raw, model_name="../" + "名" * 1_000))),
        "version": error_of(lambda: stub.ModelInfer(request(raw=raw, model_version="1/infer?#"))),
        "parameters": [
            error_of(lambda: stub.ModelInfer(request(raw=raw, parameters={name: value})))
            for name, value in (
                ("k", {"int64_param": 2**62}),
                ("k", {"double_param": float("inf")}),
                ("k", {"string_param": "1"}),
                ("threshold", {"double_param": float("nan")}),
                ("__proto__", {"string_param": "x"}),
                ("binary_data_output", {"bool_param": False}),
            )
        ],
        "stream": error_of(lambda: next(stub.ModelStreamInfer(iter([request(raw=raw)])))),
        "cut": error_of(lambda: stub.ModelInfer(request(raw=[raw[0][:-1]]))),
        "too large": error_of(lambda: stub.ModelInfer(request({"bytes_contents": [b"x" * 600_000]}))),
        "bomb": error_of(
            lambda: stub.ModelInfer(
                request({"bytes_contents": [b"x" * 3_000_000]}), compression=grpc.Compression.Gzip
            )
        ),
        "no time": error_of(lambda: stub.ModelInfer(request(raw=raw), timeout=0.000001)),
        "no deadline was missed": error_of(lambda: stub.ModelInfer(request(raw=raw), timeout=30)),
    }


def repository_calls(channel):
    """MLServer's service, of whose descriptors there is no small package: its messages have the same numbers as Triton's."""

    def call(name, request, response):
        path = f"/inference.model_repository.ModelRepositoryService/{name}"
        return channel.unary_unary(
            path, request_serializer=request.SerializeToString, response_deserializer=response.FromString
        )

    index = call("RepositoryIndex", service_pb2.RepositoryIndexRequest, service_pb2.RepositoryIndexResponse)
    load = call("RepositoryModelLoad", service_pb2.RepositoryModelLoadRequest, empty_pb2.Empty)
    models = index(service_pb2.RepositoryIndexRequest(ready=True)).models
    return {
        "index": [[one.name, one.version, one.state] for one in models],
        "load": error_of(lambda: load(service_pb2.RepositoryModelLoadRequest(model_name=model))),
    }


def health(channel):
    stub = health_pb2_grpc.HealthStub(channel)
    name = health_pb2.HealthCheckResponse.ServingStatus.Name

    def check(service):
        return name(stub.Check(health_pb2.HealthCheckRequest(service=service)).status)

    watch = stub.Watch(health_pb2.HealthCheckRequest(service=""))
    first = name(next(watch).status)
    watch.cancel()
    return {
        "all": check(""),
        "service": check("inference.GRPCInferenceService"),
        "unknown": error_of(lambda: check("unknown")),
        "watched": first,
    }


def reflection(channel):
    database = ProtoReflectionDescriptorDatabase(channel)
    file = database.FindFileContainingSymbol("inference.GRPCInferenceService")
    ours = {message.name: message for message in file.message_type}
    theirs = service_pb2.DESCRIPTOR.message_types_by_name
    return {
        "services": sorted(database.get_services()),
        "methods": [method.name for method in file.service[0].method],
        # Each field of ours has the number, the type and the label that Triton's has.
        "differences": [
            f"{name}.{field.name}"
            for name, message in ours.items()
            for field in message.field
            if name not in theirs
            or (field.number, field.type, field.label)
            != (lambda other: (other.number, other.type, other.label))(theirs[name].fields_by_name[field.name])
        ],
        "fields": sum(len(message.field) for message in ours.values()),
    }


def ask_everything():
    channel = grpc.insecure_channel(address)
    texts = ["您贵姓", "你好"]
    answer = infer(texts, request_id="7", parameters={"k": 2}, headers={"x-request-id": "from-triton"})
    version = answer.get_response().model_version
    return {
        "live": client.is_server_live(),
        "ready": client.is_server_ready(),
        "model_ready": client.is_model_ready(model),
        "version_ready": client.is_model_ready(model, version),
        "other_ready": client.is_model_ready(model, "1"),
        "unknown_ready": client.is_model_ready("unknown"),
        "server": client.get_server_metadata(as_json=True),
        "metadata": client.get_model_metadata(model, version, as_json=True),
        "index": client.get_model_repository_index(as_json=True),
        "answer": describe(answer),
        "empty": decode(infer([]).as_numpy("labels")),
        "compressed": describe(infer(texts, compression_algorithm="gzip", model_version=version))["labels"],
        "only": [one.name for one in infer(texts, ["probabilities"]).get_response().outputs],
        "errors": [
            error_of(lambda: infer(texts, model_version="1")),
            error_of(lambda: client.infer("unknown", [])),
            error_of(lambda: client.infer("", [])),
            error_of(lambda: client.infer(model, [])),
            error_of(lambda: infer(texts, ["logits"])),
            error_of(lambda: infer(texts, parameters={"k": 0})),
            error_of(lambda: client.load_model(model)),
            error_of(lambda: client.unload_model(model)),
            error_of(lambda: client.get_model_config(model)),
            error_of(lambda: client.get_inference_statistics(model)),
        ],
        "raw": raw_calls(channel),
        "repository": repository_calls(channel),
        "health": health(channel),
        "reflection": reflection(channel),
    }


def load():
    """How many answers came of each version, and what went wrong."""
    counts, failures, is_over = Counter(), [], threading.Event()

    def ask_on():
        while not is_over.is_set():
            try:
                answer = infer(["您贵姓"])
                label = answer.as_numpy("labels")[0][0].decode()
                counts[f"{answer.get_response().model_version} {label}"] += 1
            except Exception as error:  # noqa: BLE001: whatever it is, it is a request that was lost
                failures.append(repr(error))

    threads = [threading.Thread(target=ask_on) for _ in range(4)]
    for thread in threads:
        thread.start()
    sys.stdin.readline()
    is_over.set()
    for thread in threads:
        thread.join()
    return {"versions": counts, "failures": failures}


print(json.dumps(ask_everything() if what == "what" else load()))
