#!/usr/bin/env bash
# Train the example's two models and print how they do on the test set.
#
#   train.sh                       train anew: two files more in models/, named by the clock
#   train.sh FIRST SECOND          the same, with these two unix times as the names' times
#   MODELS=FOLDER train.sh …       write the models to FOLDER instead
#
# Needs Debian's packages fasttext (0.9.2) and python3-jieba (0.42.1).
set -euo pipefail

here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
corpus=$here/../corpus
models=${MODELS:-$here/../models}
python=${PYTHON:-/usr/bin/python3}

if [[ $# != 0 && ! ($# == 2 && $1 =~ ^[0-9]+$ && $2 =~ ^[0-9]+$ && $1 -lt $2) ]]; then
  echo "usage: train.sh [FIRST SECOND]   (two unix times, the second later)" >&2
  exit 2
fi

work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
mkdir -p -- "$models"

for part in train-first train test; do
  "$python" "$here/cut.py" "$corpus/$part.txt" > "$work/$part.cut"
done

# One thread and a fixed seed: the same corpus gives the same bytes. The small
# -bucket and -dim keep a model at a few hundred kilobytes.
train() { # INPUT OUTPUT-STEM ARGUMENT…
  local input=$1 stem=$2
  shift 2
  fasttext supervised -input "$input" -output "$work/$stem" \
    -thread 1 -seed 1 -bucket 10000 -dim 10 -verbose 0 "$@" >&2
  mv -- "$work/$stem.bin" "$models/$stem.bin"
}

# First attempt: the lines one would start with, whole words and pairs of them.
first_time=${1:-$(date +%s)}
first=name_question_$first_time
train "$work/train-first.cut" "$first" -wordNgrams 2 -lr 0.5 -epoch 25

# Second: the whole training set, with the words' characters as well
# (-minn and -maxn count characters, not bytes).
second_time=${2:-$(date +%s)}
while (( second_time <= first_time )); do
  sleep 1
  second_time=$(date +%s)
done
second=name_question_$second_time
train "$work/train.cut" "$second" -wordNgrams 3 -minn 1 -maxn 2 -lr 0.2 -epoch 25

for model in "$first" "$second"; do
  printf '\n== %s.bin (%s bytes)\n' "$model" "$(stat -c %s -- "$models/$model.bin")"
  fasttext test "$models/$model.bin" "$work/test.cut"
  # fastText 0.9.2 counts no true labels in test-label: its recall is missing and
  # its F1 twice the precision (fastText issue 1072). So count them here as well.
  fasttext test-label "$models/$model.bin" "$work/test.cut" | grep __label__
  cut -d' ' -f2- "$work/test.cut" | fasttext predict "$models/$model.bin" - > "$work/answers"
  cut -d' ' -f1 "$work/test.cut" | paste - "$work/answers" | awk '
    { gold[$1]++; said[$2]++; right[$1] += $1 == $2 }
    END {
      for (label in gold) {
        p = said[label] ? right[label] / said[label] : 0
        r = right[label] / gold[label]
        printf "counted: precision %.3f  recall %.3f  F1 %.3f  %s (%d right, %d said, %d true)\n",
          p, r, p + r ? 2 * p * r / (p + r) : 0, label, right[label], said[label], gold[label]
      }
    }' | sort -k8
done
