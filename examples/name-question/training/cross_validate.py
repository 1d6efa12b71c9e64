#!/usr/bin/python3
"""Choose the second model's settings: five-fold cross-validation inside train.txt.

Never reads test.txt. Prints accuracy, mean false positives and mean false
negatives of `name` per pass over train.txt, best settings first (some minutes).
"""

import itertools
import subprocess
import sys
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True
from cut import cut  # noqa: E402

FOLDS, SEEDS = 5, (1, 2)
CORPUS = Path(__file__).resolve().parent.parent / "corpus"
GRID = itertools.product(
    ("-dim 10 -bucket 10000", "-dim 16 -bucket 5000"),
    ("-wordNgrams 2", "-wordNgrams 3"),
    ("-minn 0 -maxn 0", "-minn 1 -maxn 2", "-minn 1 -maxn 3", "-minn 2 -maxn 3", "-minn 2 -maxn 4"),
    ("-epoch 25", "-epoch 60"),
    ("-lr 0.2", "-lr 0.5"),
)


def fasttext(*arguments, text=None):
    return subprocess.run(
        ["fasttext", *arguments], input=text, check=True, capture_output=True, encoding="utf-8"
    ).stdout


def main():
    rows = []
    for line in (CORPUS / "train.txt").read_text(encoding="utf-8").splitlines():
        label, _, text = line.partition(" ")
        rows.append((label, cut(text)))
    results = []
    with tempfile.TemporaryDirectory() as folder:
        fold_file, stem = f"{folder}/fold", f"{folder}/model"
        for settings in map(" ".join, GRID):
            false_positives = false_negatives = 0
            for fold, seed in itertools.product(range(FOLDS), SEEDS):
                kept = [row for i, row in enumerate(rows) if i % FOLDS != fold]
                held = [row for i, row in enumerate(rows) if i % FOLDS == fold]
                Path(fold_file).write_text("".join(f"{a} {b}\n" for a, b in kept), encoding="utf-8")
                fasttext("supervised", "-input", fold_file, "-output", stem, "-thread", "1",
                         "-seed", str(seed), "-verbose", "0", *settings.split())
                held_text = "".join(f"{text}\n" for _, text in held)
                answers = fasttext("predict", f"{stem}.bin", "-", text=held_text).split()
                for (label, _), answer in zip(held, answers, strict=True):
                    false_positives += answer == "__label__name" != label
                    false_negatives += label == "__label__name" != answer
            wrong = (false_positives + false_negatives) / len(SEEDS)
            results.append((1 - wrong / len(rows), false_positives / len(SEEDS),
                            false_negatives / len(SEEDS), settings))
    for accuracy, false_positives, false_negatives, settings in sorted(results, reverse=True):
        print(f"{accuracy:.4f}  {false_positives:5.1f}  {false_negatives:5.1f}  {settings}")


if __name__ == "__main__":
    main()
