"""From people's words to the tools that do it: BM25 over stems, with what each tool is called by, and words that mean the same.

A tool is a document of several fields; a hit in its name or its other names says more than one in its description. A word of the
question stands also for the words that mean the same at work (synonyms.py), at a lower weight; a word that nothing knows is read as
the known one that looks most like it.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches

import snowballstemmer

from crewhall.faces.mcp.synonyms import COMMON, GROUPS, STANDS_FOR
from crewhall.kit.capability import Capability

K1, B = 1.2, 0.35
NAME, ALIAS, QUESTION, SUMMARY, PARAMETER = 3.0, 2.5, 1.5, 1.5, 0.4
LIKE, ALIKE = 0.65, 0.7
"""What a word that means the same, and one that only looks the same, is worth beside the word itself."""
SHORTEST_GUESS, CLOSE = 5, 0.8
"""From how many letters on an unknown word may be a misspelt one, and how much the two must have in common."""
UNKNOWN = 2.0
"""What a word weighs that no tool knows."""
DAILY, OF_PLATFORM = 1.2, 0.7
"""How much more likely what is used every day is meant, and how much less an operation of one platform of many, than anything else."""
LEAST = 0.28
"""The part of the question, by the weight of its words, that a tool must know to be an answer at all."""

_stemmer = snowballstemmer.stemmer("english")
_WORD = re.compile(r"[a-z0-9]+")
_KEY = re.compile(r"\b[A-Z]{2,}-\d+\b")


def stems(text: str) -> list[str]:
    """The words that say something, each as its stem. A task's key says that a task is meant."""
    words = _WORD.findall(_KEY.sub("task", text).lower().replace("'s ", " ").replace("'", ""))
    return [stem for stem in _stemmer.stemWords([word for word in words if word not in COMMON]) if stem]


def _meaning_the_same() -> dict[str, frozenset[str]]:
    alike: dict[str, frozenset[str]] = {}
    for group in GROUPS:
        together = frozenset(stem for word in group.split() for stem in stems(word))
        for stem in together:
            alike[stem] = alike.get(stem, frozenset()) | together
    return alike


SAME = _meaning_the_same()


@dataclass(frozen=True, slots=True)
class Found:
    """A tool that answers a question, and how well: higher is better."""

    name: str
    score: float


@dataclass(slots=True)
class Finder:
    """Knows the words of every tool. Made once; searching reads only."""

    _documents: dict[str, dict[str, float]] = field(default_factory=dict)
    _lengths: dict[str, float] = field(default_factory=dict)
    _rarity: dict[str, float] = field(default_factory=dict)
    _likely: dict[str, float] = field(default_factory=dict)

    @classmethod
    def of(cls, capabilities: Iterable[Capability], toolsets: Mapping[str, str]) -> Finder:
        finder = cls()
        for capability in capabilities:
            words = _words_of(capability, toolsets.get(capability.name, ""))
            finder._documents[capability.name] = words
            finder._lengths[capability.name] = sum(words.values())
            finder._likely[capability.name] = DAILY if capability.pinned else OF_PLATFORM if capability.needs else 1.0
        known = Counter(stem for words in finder._documents.values() for stem in words)
        total = len(finder._documents)
        finder._rarity = {stem: math.log(1 + (total - count + 0.5) / (count + 0.5)) for stem, count in known.items()}
        return finder

    def search(self, question: str, among: Iterable[str], most: int = 5) -> list[Found]:
        """The best tools among those named, best first; none rather than a bad one."""
        asked = self._asked(question)
        worth = sum(max((worth * self._rarity[stem] for stem, worth in means.items()), default=UNKNOWN) for means in asked)
        average = sum(self._lengths.values()) / max(1, len(self._lengths))
        found = []
        for name in among:
            score, known = self._score(name, asked, average)
            if score > 0 and known >= LEAST * worth:
                found.append(Found(name, score * self._likely[name]))
        return sorted(found, key=lambda one: (-one.score, one.name))[:most]

    def _asked(self, question: str) -> list[dict[str, float]]:
        """For each word of the question: the stems that would answer it, with what each is worth."""
        text = question.lower()
        meant = " ".join(words for phrase, words in STANDS_FOR.items() if re.search(rf"\b(?:{phrase})\b", text))
        return [self._meanings(stem) for stem in dict.fromkeys(stems(question))] + [
            {stem: LIKE} for stem in dict.fromkeys(stems(meant)) if stem in self._rarity
        ]

    def _meanings(self, stem: str) -> dict[str, float]:
        means = {other: LIKE for other in SAME.get(stem, ()) if other in self._rarity}
        if stem in self._rarity:
            means[stem] = 1.0
        if not means and len(stem) >= SHORTEST_GUESS and (like := next(iter(get_close_matches(stem, self._rarity, 1, CLOSE)), None)):
            means = {other: LIKE * ALIKE for other in SAME.get(like, ()) if other in self._rarity} | {like: ALIKE}
        return means

    def _score(self, name: str, asked: list[dict[str, float]], average: float) -> tuple[float, float]:
        """How well this tool fits, and the weight of the words that it knows."""
        words, score, known = self._documents[name], 0.0, 0.0
        norm = K1 * (1 - B + B * self._lengths[name] / average)
        for means in asked:
            hits = {stem: worth for stem, worth in means.items() if stem in words}
            score += max(
                (worth * self._rarity[stem] * words[stem] * (K1 + 1) / (words[stem] + norm) for stem, worth in hits.items()), default=0.0
            )
            known += max((worth * self._rarity[stem] for stem, worth in hits.items()), default=0.0)
        return score, known


def _words_of(capability: Capability, toolset: str) -> dict[str, float]:
    """Every stem of a tool with the weight of the best field that it stands in, and a little for each further one."""
    fields = [
        (NAME, [capability.name.replace("_", " ")]),
        (ALIAS, [alias.replace("_", " ") for alias in capability.aliases]),
        (QUESTION, capability.questions),
        (SUMMARY, [capability.summary]),
        (PARAMETER, [toolset, *(name.replace("_", " ") for name in capability.input.model_fields)]),
    ]
    words: dict[str, float] = {}
    for weight, texts in fields:
        for stem, count in Counter(stem for text in texts for stem in stems(text)).items():
            before = words.get(stem, 0.0)
            words[stem] = max(before, weight) + 0.2 * min(before, weight) + 0.1 * (count - 1)
    return words
