"""The data that the local AI provider is measured on: Debian's package descriptions and presidio's sentences.

Equal seeds give equal samples, as long as Debian's lists are the same; `fingerprint` tells.
"""

import collections
import datetime
import functools
import hashlib
import os
import pathlib
import random
import subprocess
import sys
import types

ROOT = pathlib.Path(__file__).resolve().parent.parent
LISTS = ROOT / ".build/debian"


def fingerprint(value):
    return hashlib.sha256(repr(value).encode()).hexdigest()[:12]


# Debian

Package = collections.namedtuple("Package", "name source section synopsis text")


def apt(program, *arguments):
    """One of apt's programs with lists of its own: the machine's may lack the descriptions."""
    options = [f"Dir::State={LISTS}/state", f"Dir::Cache={LISTS}/cache", "Acquire::Languages=en", "APT::Sandbox::User="]
    command = [program, *arguments, *(part for option in options for part in ("-o", option))]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, encoding="utf-8").stdout


def stanzas(text):
    for block in text.split("\n\n"):
        fields, key = {}, None
        for line in block.split("\n"):
            if line.startswith((" ", "\t")) and key:
                fields[key] += "\n" + line[1:]
            elif ":" in line:
                key, value = line.split(":", 1)
                fields[key] = value.strip()
        if fields:
            yield fields


@functools.cache
def packages():
    """The packages of the machine's Debian release that have a description of 25 words or more, one a source package, by
    name; and the release. Lists are fetched once: `make clean` forgets them."""
    for folder in ("state/lists/partial", "cache/archives/partial"):
        (LISTS / folder).mkdir(parents=True, exist_ok=True)
    if not any((LISTS / "state/lists").glob("*Translation-en*")):
        apt("apt-get", "update", "-q")
    files, release = collections.defaultdict(list), None
    for line in apt("apt-get", "indextargets", "--format", "$(CREATED_BY)|$(RELEASE)|$(FILENAME)").splitlines():
        kind, name, path = line.split("|")
        # The release itself: its updates would change the sample.
        if kind in ("Packages", "Translations") and "-" not in name and name == (release or name):
            release = name
            files[kind].append(path)
    read = {kind: "\n".join(apt("/usr/lib/apt/apt-helper", "cat-file", path) for path in paths)
            for kind, paths in files.items()}
    descriptions = {s["Description-md5"]: s["Description-en"] for s in stanzas(read["Translations"])}
    chosen, sources = [], set()
    for stanza in sorted(stanzas(read["Packages"]), key=lambda s: s["Package"]):
        source = stanza.get("Source", stanza["Package"]).split()[0]
        synopsis, _, text = descriptions.get(stanza.get("Description-md5"), "").partition("\n")
        text = "\n".join("" if line.strip() == "." else line for line in text.split("\n"))
        if source not in sources and len(text.split()) >= 25:
            sources.add(source)
            chosen.append(Package(stanza["Package"], source, stanza["Section"], synopsis, text))
    return chosen, release


def half(package, part):
    """Development (`dev`) and measurement (`test`) share no source package."""
    return (hashlib.sha256(package.source.encode()).digest()[0] & 1) == (part == "test")


def shuffled(part, seed):
    chosen = [package for package in packages()[0] if half(package, part)]
    random.Random(seed).shuffle(chosen)
    return chosen


# They say how something is packaged (the same library is in `libs` and `libdevel`), or take what fits nowhere else.
NO_SUBJECT = {
    "admin", "debug", "devel", "doc", "introspection", "libdevel", "libs", "metapackages", "misc", "oldlibs",
    "otherosfs", "tasks", "utils",
}


def frequent_sections(count, without=()):
    counts = collections.Counter(package.section for package in packages()[0] if package.section not in without)
    return [section for section, _ in sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:count]]


def labelled(sections, part, seed, count):
    """`count` packages of each section."""
    found = {section: [] for section in sections}
    for package in shuffled(part, seed):
        if package.section in found and len(found[package.section]) < count:
            found[package.section].append(package)
    short = [section for section in sections if len(found[section]) < count]
    if short:
        raise RuntimeError(f"fewer than {count} packages in {', '.join(short)}")
    return found


# presidio

Sentence = collections.namedtuple("Sentence", "text spans")
KINDS = {
    "PERSON": "person", "ORGANIZATION": "organization", "EMAIL_ADDRESS": "email", "PHONE_NUMBER": "phone",
    "DOMAIN_NAME": "url", "DATE_TIME": "date", "CREDIT_CARD": "card", "IBAN_CODE": "iban",
}


@functools.cache
def presidio():
    """presidio-evaluator's generator, without the models of its evaluation, which it imports and does not need here."""

    class StandIn(types.ModuleType):
        def __getattr__(self, name):
            if name.startswith("__"):
                raise AttributeError(name)
            return type(name, (), {})

    for name in ("spacy", "spacy.language", "spacy.tokens", "spacy.training", "presidio_analyzer",
                 "presidio_anonymizer", "dotenv"):
        sys.modules[name] = StandIn(name)
    sys.modules["dotenv"].load_dotenv = lambda: None
    os.environ["TQDM_DISABLE"] = "1"
    from presidio_evaluator import data_generator

    return data_generator


def dates():
    """Of the years 1930 to 2025: Faker's own end with the moment of the call, in its time zone."""
    from faker.providers import BaseProvider

    class Dates(BaseProvider):
        def date_time(self):
            return datetime.datetime(1930, 1, 1) + datetime.timedelta(seconds=self.random_int(0, 96 * 31_556_952))

        def date_of_birth(self):
            return self.date_time().date()

        def year(self):
            return str(self.date_time().year)

        def day_of_week(self):
            return self.date_time().strftime("%A")

    return Dates


def sentences(seed, count):
    """Generated sentences with their entities, `(kind, start, end)` in scalars."""
    generator = presidio()
    # The names are drawn before the generator sets its seed.
    random.seed(seed)
    # The templates write a line end as `\n`. The hospitals would be asked of a server, and no template names one.
    templates = [line.strip().replace("\\n", "\n")
                 for line in generator.presidio_templates_file_path.read_text(encoding="utf-8").splitlines()]
    providers = [provider for provider in generator.presidio_additional_entity_providers
                 if provider.__name__ != "HospitalProvider"] + [dates()]
    faker = generator.PresidioSentenceFaker(
        locale="en_US", lower_case_ratio=0.05, sentence_templates=templates, entity_providers=providers,
        entity_type_mapping=dict(generator.PresidioSentenceFaker.ENTITY_TYPE_MAPPING),
        provider_aliases=generator.PresidioSentenceFaker.PROVIDER_ALIASES, random_seed=seed)
    return [
        Sentence(sample.full_text, sorted(
            (KINDS[span.entity_type], span.start_position, span.end_position)
            for span in sample.spans if span.entity_type in KINDS and span.end_position > span.start_position))
        for sample in faker.generate_new_fake_sentences(count)
    ]
