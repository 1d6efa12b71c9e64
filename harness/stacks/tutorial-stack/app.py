"""The course's service: one fastText model, loaded once at start; text cut by jieba."""

import os

import fasttext
import jieba
from flask import Flask, request

fasttext.FastText.eprint = lambda *_: None
jieba.setLogLevel("WARNING")
jieba.initialize()

model = fasttext.load_model(os.environ["MODEL_FILE"])
app = Flask(__name__)


@app.route("/")
def home():
    return "up: " + os.path.basename(os.environ["MODEL_FILE"])


@app.route("/v1/is_name_question/", methods=["POST"])
def is_name_question():
    for utterance, index in request.get_json(force=True)["text"]:
        labels, _ = model.predict(" ".join(jieba.cut(utterance)))
        if labels[0] == "__label__name":
            return str(index)
    return "-1"
