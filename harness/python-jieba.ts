/** Debian's python3-jieba, the real program that the tokenizer's answers are held against. */
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'

const python = '/usr/bin/python3'
const jieba = '/usr/lib/python3/dist-packages/jieba/__init__.py'

const cutAllProgram = `
import io, json, logging, os, sys, tempfile
import jieba
jieba.setLogLevel(logging.ERROR)
request = json.load(sys.stdin)
with tempfile.TemporaryDirectory() as folder:
    def write(name, text):
        path = os.path.join(folder, name)
        with open(path, "wb") as file:
            file.write(text.encode("utf-8"))
        return path
    if request["mainDictionary"] is not None:
        jieba.dt.tmp_dir = folder
        jieba.set_dictionary(write("dict.txt", request["mainDictionary"]))
    jieba.initialize()
    for text in request["userDictionaries"]:
        jieba.load_userdict(io.BytesIO(text.encode("utf-8")))
    stop_words = []
    for text in request["stopWords"]:
        stop_words += [line.strip() for line in open(write("stop.txt", text), encoding="utf-8").readlines()]
    stop_words = set(stop_words)
    cuts = [
        [word for word in jieba.cut(text, HMM=request["hmm"]) if word not in stop_words]
        for text in request["texts"]
    ]
json.dump(cuts, sys.stdout)
`

const isInstalled = existsSync(python) && existsSync(jieba)

/** Why a test that needs python3-jieba is skipped. Undefined where it is installed, and in CI, where it must be. */
export const missingPythonJieba: string | undefined =
  isInstalled || process.env['CI'] === 'true'
    ? undefined
    : 'needs python3-jieba (apt-get install python3-jieba)'

/** Runs a Python program under Debian's Python with `input` on its standard input; returns what it prints. */
function runPython(program: string, input = ''): string {
  return execFileSync(python, ['-W', 'ignore', '-c', program], {
    input,
    encoding: 'utf8',
    maxBuffer: 2 ** 30,
    stdio: 'pipe',
    env: { PATH: '/usr/bin:/bin', PYTHONIOENCODING: 'utf-8' },
  })
}

/** How Python is told to cut; dictionaries and lists are given by their texts. */
export type PythonTokenizer = {
  /** For `set_dictionary`. */
  readonly mainDictionary?: string
  /** For `load_userdict`, in order. */
  readonly userDictionaries?: readonly string[]
  readonly hmm?: boolean
  /** Read and left out as in courses: `[w for w in jieba.cut(text) if w not in stop_words]`. */
  readonly stopWords?: readonly string[]
}

/** The words that `jieba.cut(text, HMM=hmm)` gives for each text, in one run. Throws if Python does. */
export function wordsInPython(
  texts: readonly string[],
  { mainDictionary, userDictionaries = [], hmm = true, stopWords = [] }: PythonTokenizer = {},
): string[][] {
  const request = { texts, mainDictionary: mainDictionary ?? null, userDictionaries, hmm, stopWords }
  return JSON.parse(runPython(cutAllProgram, JSON.stringify(request))) as string[][]
}

/** What `" ".join(jieba.cut(text))` gives for each text, in one run, after the user dictionaries were loaded. */
export function cutInPython(texts: readonly string[], userDictionaries: readonly string[] = []): string[] {
  return wordsInPython(texts, { userDictionaries }).map((words) => words.join(' '))
}

const readInstalledTextsProgram = `
import gettext, glob, gzip, json, sys

def messages(place):
    for path in sorted(glob.glob(f"/usr/share/locale/{place}/LC_MESSAGES/*.mo")):
        with open(path, "rb") as file:
            for _, message in sorted(gettext.GNUTranslations(file)._catalog.items(), key=str):
                yield message

def manual_lines():
    for path in sorted(glob.glob("/usr/share/man/zh_*/man*/*.gz")):
        with gzip.open(path, "rt", encoding="utf-8", errors="replace", newline="\\n") as file:
            yield from file.read().split("\\n")

def lines(*patterns):
    for path in sorted(path for pattern in patterns for path in glob.glob(pattern)):
        with open(path, encoding="utf-8", newline="\\n") as file:
            yield from file.read().split("\\n")

def words():
    from jieba import get_dict_file
    for line in get_dict_file().read().decode("utf-8").splitlines():
        yield line.split(" ")[0]

limit = int(sys.stdin.read())
def sample(texts):
    distinct = list(dict.fromkeys(text for text in texts if text))
    return [distinct[i * len(distinct) // limit] for i in range(limit)] if len(distinct) > limit else distinct

json.dump({
    "messages zh_CN": sample(messages("zh_CN")),
    "messages zh_TW": sample(messages("zh_TW")),
    "manual pages": sample(manual_lines()),
    "rare characters": sample(lines("/usr/share/i18n/locales/iso14651_t1_pinyin")),
    "emoji": sample(lines(
        "/usr/share/iso-codes/json/iso_3166-1.json",
        "/usr/lib/python3/dist-packages/pip/_vendor/rich/_emoji_codes.py",
    )),
    "words": sample(words()),
}, sys.stdout)
`

/**
 * Chinese text that Debian's packages brought along, up to `limit` distinct pieces from each source, evenly spread:
 * translated messages of programs, some of several lines; lines of manual pages; lines of the packages locales (a list of
 * rare characters), iso-codes and python3-pip (lists of flags and other emoji); and jieba's own words, one a piece.
 */
export function readInstalledTexts(limit: number): Record<string, string[]> {
  return JSON.parse(runPython(readInstalledTextsProgram, String(limit))) as Record<string, string[]>
}
