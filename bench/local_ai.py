"""Measures the local AI provider: `name | ours | peer | ratio | goal | ok or short`, one line a figure.

Also written to bench/results-ai.json. Fails only when something could not run. See docs/local-ai.md.
"""

import argparse
import collections
import functools
import json
import pathlib
import subprocess
import sys
import time
import warnings

from rouge_score.rouge_scorer import RougeScorer
from sumy.models.dom import ObjectDocumentModel, Paragraph, Sentence
from sumy.nlp.stemmers import Stemmer
from sumy.summarizers.lsa import LsaSummarizer
from sumy.summarizers.text_rank import TextRankSummarizer
from sumy.utils import get_stop_words

import local_data as data
from report import Report

HERE = pathlib.Path(__file__).resolve().parent
# Samples of each figure, with the seeds SEED, SEED + 1, …
SAMPLES = 5
SUMMARIES = 500
SENTENCES = 1_000
LABELS, EXAMPLES, TESTS = 10, 20, 50
# The most frequent subjects are largely programming languages; these are not.
PROGRAMS = ["games", "science", "sound", "net", "fonts", "graphics", "mail", "math", "editors", "web"]


class Ours:
    """The local provider, in a process that answers a line with a line."""

    def __init__(self, worker):
        self.process = subprocess.Popen(
            [worker, "local"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8")

    def ask(self, **question):
        self.process.stdin.write(json.dumps(question, ensure_ascii=False) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"{list(question)} was not answered")
        return json.loads(line)

    def close(self):
        self.process.stdin.close()
        self.process.wait(10)


# Summaries


class Words:
    """sumy's tokenizer: the sentences are cut before, a word is a run of letters."""

    def to_sentences(self, text):
        return (text,)

    def to_words(self, text):
        return tuple("".join(c if c.isalpha() else " " for c in text).split())


def budgeted(left):
    """For sumy: sentences by rank, each that still fits."""

    def choose(ranked):
        nonlocal left
        for sentence in ranked:
            length = len(str(sentence.sentence).split())
            if length <= left:
                left -= length
                yield sentence

    return choose


def summary_peers():
    peers = {}
    for name, kind in (("TextRank", TextRankSummarizer), ("LSA", LsaSummarizer)):
        peers[name] = kind(Stemmer("english"))
        peers[name].stop_words = get_stop_words("english")
    return peers


def measure_summaries(report, ours, part, seeds):
    """Of the long description, against the synopsis. All choose among the same units, and have lead-3's words to spend."""
    scorer = RougeScorer(["rouge1", "rouge2", "rougeL"], use_stemmer=True)
    peers, words = summary_peers(), Words()
    means, samples = collections.defaultdict(list), []
    for seed in seeds:
        sums, sample = collections.Counter(), []
        for package in data.shuffled(part, seed):
            units = [" ".join(unit.split()) for unit in ours.ask(units=package.text)]
            if len(units) < 6:
                continue
            sample.append(package)
            budget = len(" ".join(units[:3]).split())
            document = ObjectDocumentModel([Paragraph([Sentence(unit, words) for unit in units])])
            summaries = {"ours": ours.ask(summarize=package.text, max_words=budget)["value"],
                         "lead-3": " ".join(units[:3])}
            for name, peer in peers.items():
                summaries[name] = " ".join(str(sentence) for sentence in peer(document, budgeted(budget)))
            for name, summary in summaries.items():
                for measure, score in scorer.score(package.synopsis, summary).items():
                    sums[name, measure] += score.fmeasure
            if len(sample) == SUMMARIES:
                break
        if len(sample) < SUMMARIES:
            raise RuntimeError(f"only {len(sample)} descriptions of six sentences or more")
        samples.append(sample)
        for key, value in sums.items():
            means[key].append(100 * value / SUMMARIES)
    for measure, title in (("rouge1", "ROUGE-1"), ("rouge2", "ROUGE-2"), ("rougeL", "ROUGE-L")):
        for name in ("lead-3", *peers):
            label = name if name == "lead-3" else f"sumy's {name}"
            report.add(f"summaries: {title} F1 beside {label}", "%", means["ours", measure], means[name, measure],
                       (">=", 1))
    return samples


# Entities


def overlap(first, second):
    """Common scalars by all scalars of two spans."""
    common = min(first[2], second[2]) - max(first[1], second[1])
    return common / (max(first[2], second[2]) - min(first[1], second[1])) if common > 0 else 0


def matched(expected, found, least):
    """How many pairs of the same kind overlap by `least` or more; each span is in one pair, the closest first."""
    pairs = sorted(
        ((overlap(e, f), i, j) for i, e in enumerate(expected) for j, f in enumerate(found) if e[0] == f[0]),
        key=lambda pair: (-pair[0], pair[1], pair[2]))
    done, count = (set(), set()), collections.Counter()
    for share, i, j in pairs:
        if share >= least and i not in done[0] and j not in done[1]:
            done[0].add(i)
            done[1].add(j)
            count[expected[i][0]] += 1
    return count


def f1(right, found, expected):
    return 100 * 2 * right / (found + expected) if found + expected else 100


def measure_entities(report, ours, part, seeds):
    figures, samples = collections.defaultdict(list), []
    counts = collections.Counter()
    for seed in seeds:
        # Development has seeds of its own: the generator has no halves.
        sample = data.sentences(seed + (1_000 if part == "dev" else 0), SENTENCES)
        samples.append(sample)
        expected, found, half, exact = (collections.Counter() for _ in range(4))
        for sentence in sample:
            answers = ours.ask(extract_entities=sentence.text)["value"]
            spans = [(a["type"], a["start"], a["end"]) for a in answers if a["type"] in data.KINDS.values()]
            expected.update(span[0] for span in sentence.spans)
            found.update(span[0] for span in spans)
            half += matched(sentence.spans, spans, 0.5)
            exact += matched(sentence.spans, spans, 1)
        counts += expected
        for kind in data.KINDS.values():
            figures[kind, "f1"].append(f1(half[kind], found[kind], expected[kind]))
            figures[kind, "precision"].append(100 * half[kind] / found[kind] if found[kind] else 100)
            figures[kind, "recall"].append(100 * half[kind] / expected[kind] if expected[kind] else 100)
        figures["all", "f1"].append(f1(half.total(), found.total(), expected.total()))
        figures["all", "exact"].append(f1(exact.total(), found.total(), expected.total()))
    report.add("entities: all kinds, micro F1", "%", figures["all", "f1"])
    report.add("entities: all kinds, micro F1 of exact places", "%", figures["all", "exact"])
    for kind in data.KINDS.values():
        for measure, title in (("f1", "F1"), ("precision", "precision"), ("recall", "recall")):
            report.add(f"entities: {kind}, {title} ({counts[kind]} seen)", "%", figures[kind, measure])
    return samples


# Classification


def measure_classification(report, ours, part, seeds, name, sections):
    figures, samples = collections.defaultdict(list), []
    for seed in seeds:
        sample = data.labelled(sections, part, seed, EXAMPLES + TESTS)
        samples.append(sample)

        def texts(of):
            return [(f"{p.synopsis}\n\n{p.text}", section) for section in sections for p in sample[section][of]]

        tests = texts(slice(EXAMPLES, None))
        begin = time.perf_counter()
        answers = ours.ask(classify=[text for text, _ in tests], categories=sections, examples=texts(slice(EXAMPLES)))
        figures["time"].append((time.perf_counter() - begin) * 1e3)
        given = [(answer["value"], answer["confidence"], section)
                 for answer, (_, section) in zip(answers, tests) if answer["value"] != "unsure"]
        figures["coverage"].append(100 * len(given) / len(tests))
        figures["right"].append(100 * sum(value == section for value, _, section in given) / max(1, len(given)))
        figures["confidence"].append(100 * sum(confidence for _, confidence, _ in given) / max(1, len(given)))
    report.add(f"classification: {name}, right where it answers", "%", figures["right"], None, (">=", 90, "%"))
    report.add(f"classification: {name}, answered", "%", figures["coverage"], None, (">=", 75, "%"))
    report.add(f"classification: {name}, mean confidence of answers", "%", figures["confidence"])
    report.add(f"classification: {name}, learning and {LABELS * TESTS} answers", "ms", figures["time"])
    return samples


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=["summaries", "entities", "subjects", "programs", "sections"])
    parser.add_argument("--seed", type=int, default=2026, help="the first sample's")
    parser.add_argument("--part", choices=["test", "dev"], default="test", help="what to tune on is dev")
    parser.add_argument("--worker", default=str(HERE.parent / ".build/debug/bench-worker"), help="our executable")
    options = parser.parse_args()

    # LSA's, of texts with few words; they are measured all the same.
    warnings.filterwarnings("ignore", message="Number of words")
    report, failures, sets = Report(), [], []
    seeds = range(options.seed, options.seed + SAMPLES)
    _, release = data.packages()
    labels = {
        "subjects": data.frequent_sections(LABELS, without=data.NO_SUBJECT),
        "programs": PROGRAMS,
        "sections": data.frequent_sections(LABELS),
    }
    measures = {
        "summaries": (f"{SUMMARIES} descriptions of Debian {release}", measure_summaries),
        "entities": (f"{SENTENCES} sentences of presidio-evaluator", measure_entities),
    } | {
        name: (f"{LABELS} x ({EXAMPLES} + {TESTS}) packages of Debian {release} in {' '.join(sections)}",
               functools.partial(measure_classification, name=name, sections=sections))
        for name, sections in labels.items()
    }
    for name in [options.only] if options.only else measures:
        title, measure = measures[name]
        ours = Ours(options.worker)
        try:
            samples = measure(report, ours, options.part, seeds)
            sets.append({"name": name, "data": title, "seeds": list(seeds), "part": options.part,
                         "fingerprint": data.fingerprint(samples)})
            print(f"({SAMPLES} samples of {title}; seeds {seeds[0]} to {seeds[-1]}, "
                  f"fingerprint {sets[-1]['fingerprint']})")
        except Exception as error:
            failures.append(name)
            print(f"{name} could not run: {error!r}", file=sys.stderr)
        finally:
            ours.close()
    (HERE / "results-ai.json").write_text(
        json.dumps({"sets": sets, "figures": report.figures}, indent=2) + "\n")
    return 1 if failures else 0


sys.exit(main())
