#!/usr/bin/python3
"""Check what the README says of the corpus; exit 1 if anything is not so."""

import sys
import unicodedata
from pathlib import Path

CORPUS = Path(__file__).resolve().parent.parent / "corpus"
NAME, OTHER = "__label__name", "__label__other"

# The counts that README.md and README.zh-CN.md state: (name, other).
STATED = {"train.txt": (191, 271), "test.txt": (66, 97), "train-first.txt": (52, 66)}
STATED_HARD = {"train.txt": 141, "test.txt": 48, "train-first.txt": 9}

# What an example of this kind has to have at least.
LEAST_NAME, LEAST_OTHER, LEAST_HARD = 180, 260, 130

# The course's own utterances: in test.txt, with these labels.
COURSE = [
    (OTHER, "你好，你是想了解哪个课程呢？"),
    (OTHER, "还在么同学？"),
    (OTHER, "你好"),
    (OTHER, "您想了解哪个专业的学费呢"),
    (OTHER, "专业不同，学时学费也不一样"),
    (OTHER, "好的，方便QQ或者微信，邮箱接收吗？我这边发您"),
    (NAME, "您贵姓"),
]

problems = []


def expect(holds, message):
    if not holds:
        problems.append(message)


def bare(text):
    """The text without punctuation, symbols and spaces, widths and case folded."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(c for c in folded if unicodedata.category(c)[0] not in "PSZC")


def lines_of(name):
    raw = (CORPUS / name).read_bytes().decode("utf-8")
    expect("\r" not in raw and "\ufeff" not in raw, f"{name}: not plain UTF-8 with \\n line ends")
    expect(raw.endswith("\n"), f"{name}: the last line has no end")
    return raw.removesuffix("\n").split("\n")


def labelled(name):
    rows = []
    for number, line in enumerate(lines_of(name), 1):
        label, _, text = line.partition(" ")
        expect(label in (NAME, OTHER), f"{name}:{number}: label {label!r}")
        expect(text == text.strip() and bare(text), f"{name}:{number}: text {text!r}")
        rows.append((label, text))
    return rows


def distinct(texts, where):
    seen = {}
    for text in texts:
        key = bare(text)
        expect(key not in seen, f"{where}: {text!r} repeats {seen.get(key)!r}")
        seen.setdefault(key, text)


splits = {name: labelled(name) for name in STATED}
hard = lines_of("hard-negatives.txt")
train, test, first = splits["train.txt"], splits["test.txt"], splits["train-first.txt"]

# No utterance twice, neither inside a split nor across train and test.
distinct([text for _, text in train + test], "train.txt + test.txt")
distinct([text for _, text in first], "train-first.txt")
distinct(hard, "hard-negatives.txt")

expect(set(first) <= set(train), "train-first.txt is not part of train.txt")
expect(set(COURSE) <= set(test), "test.txt lacks an utterance of the course")
others = {text for label, text in train + test if label == OTHER}
for text in hard:
    expect(text in others, f"hard-negatives.txt: {text!r} is no {OTHER} line of train.txt or test.txt")

for name, rows in splits.items():
    names = sum(label == NAME for label, _ in rows)
    counts = (names, len(rows) - names)
    hards = len({text for _, text in rows} & set(hard))
    print(f"{name}: {len(rows)} lines, {counts[0]} name, {counts[1]} other, of these {hards} hard negatives")
    expect(counts == STATED[name], f"{name}: {counts} but {STATED[name]} stated")
    expect(hards == STATED_HARD[name], f"{name}: {hards} hard negatives but {STATED_HARD[name]} stated")

everything = train + test
names = sum(label == NAME for label, _ in everything)
print(f"in all: {len(everything)} lines, {names} name, {len(everything) - names} other, of these {len(hard)} hard negatives")
expect(names >= LEAST_NAME, f"only {names} name lines")
expect(len(everything) - names >= LEAST_OTHER, f"only {len(everything) - names} other lines")
expect(len(hard) >= LEAST_HARD, f"only {len(hard)} hard negatives")
expect(0.70 <= len(train) / len(everything) <= 0.80, "train.txt is not about three quarters")

for problem in problems:
    print(f"wrong: {problem}", file=sys.stderr)
sys.exit(1 if problems else 0)
