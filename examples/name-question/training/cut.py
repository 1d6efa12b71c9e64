#!/usr/bin/python3
"""Cut labelled raw lines into words, for fastText.

Reads lines such as `__label__name 您贵姓` from the files named as arguments (or
from standard input) and prints each with its text cut by jieba. With --text the
lines carry no label: the whole line is text.
"""

import fileinput
import logging
import sys

import jieba

jieba.setLogLevel(logging.WARNING)


def cut(text):
    # The service cuts what it is asked in exactly this way.
    return " ".join(jieba.cut(text))


def main():
    arguments = sys.argv[1:]
    unlabelled = arguments[:1] == ["--text"]
    files = arguments[1:] if unlabelled else arguments
    sys.stdout.reconfigure(encoding="utf-8", newline="\n")
    with fileinput.input(files, openhook=fileinput.hook_encoded("utf-8")) as lines:
        for line in lines:
            line = line.rstrip("\n")
            if unlabelled:
                print(cut(line))
                continue
            label, _, text = line.partition(" ")
            if not label.startswith("__label__") or not text:
                sys.exit(f"{lines.filename()}:{lines.filelineno()}: not `__label__… text`")
            print(label, cut(text))


if __name__ == "__main__":
    main()
