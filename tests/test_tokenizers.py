"""Tokenizers: which part of a text each token stands for."""

import logging
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from open_clip.tokenizer import HFTokenizer, SimpleTokenizer, bytes_to_unicode
from small_models import REFERENCE

from shapiq_fixlip import InputError
from shapiq_fixlip.encoders import HuggingFaceTokenizer, OpenClipTokenizer, tokenizers
from shapiq_fixlip.encoders.alignment import aligned
from shapiq_fixlip.encoders.tokenizers import WrappedTokenizer


@pytest.mark.parametrize(
    ("text", "pieces", "expected"),
    [
        ("a dog's bowl and two dogs", ["a", "dogs", "bowl", "and", "two", "dogs"], None),
        ("It isn't a café, here", ["it", "isnt", "a", "cafe", "here"], None),
        ("Café bar", ["caf", "é", "bar"], ["Caf", "é", "bar"]),
        ("☃ dog", ["[UNK]", "dog"], ["☃", "dog"]),
        ("🐶 dog", [b"\xf0\x9f", b"\x90\xb6", "dog"], ["🐶", "🐶", "dog"]),
        ("a, b!!", ["a", ",", "b", "!!"], ["a", ",", "b", "!!"]),
        ("don't stop", ["don", "'t", "stop"], ["don", "'t", "stop"]),
        ("BLACK DOG!", ["", "black", "dog", ""], ["", "BLACK", "DOG", ""]),
        ("the the cat", ["the", "the", "cat"], ["the", "the", "cat"]),
        ("hydrant. Hydrant", ["hydr", "ant", "hydr", "ant"], ["hydr", "ant", "Hydr", "ant"]),
        ("", ["x"], [""]),
        ("🐶 🐱 🐭 dog cat", ["[UNK]"] * 3 + ["dog", "cat"], ["🐶", "🐱", "🐭", "dog", "cat"]),
        ("a & b dog", ["a", "[UNK]", "[UNK]", "dog"], ["a", "&", "b", "dog"]),
        ("dog &x; &x; &x; cat", ["dog", "cat"], ["dog", "cat"]),
        ("\u201ca dog\u201d", ['"', "a", "dog", '"'], ["\u201c", "a", "dog", "\u201d"]),
        ("\u2019n\u2019 roll", ["'", "n", "'", "roll"], ["\u2019", "n", "\u2019", "roll"]),
        (
            "woman\u2019s dog's",
            ["woman", "'", "s", "dog", "'", "s"],
            ["woman", "\u2019", "s", "dog", "'", "s"],
        ),
        ("drunk ☃ dog", ["drunk", None, "dog"], ["drunk", "☃", "dog"]),
        ("黑狗 dog", [None, None, "dog"], ["黑", "狗", "dog"]),
        ("狗黑狗 dog", [None, None, "dog"], ["狗黑狗", "狗黑狗", "dog"]),
        ("& ☃ dog", [None, "dog"], ["& ☃", "dog"]),
        ("\uff21\uff01 dog", ["a", "!", "dog"], ["\uff21", "\uff01", "dog"]),
        ("㍿式", ["株", "式", "会", "社", "式"], ["㍿", "㍿", "㍿", "㍿", "式"]),
        ("dogﬁ cat", ["dog", "f", None, "cat"], ["dog", "ﬁ", "ﬁ", "cat"]),
        (
            "一只",
            ["一只".encode()[:4], "只".encode()[1:]],
            ["一只", "只"],
        ),
        (
            "黑狗 cat",
            ["黑".encode()[:1], "黑".encode()[1:], "狗", "cat"],
            ["黑", "黑", "狗", "cat"],
        ),
    ],
)
def test_pieces_are_found_in_what_was_written(text, pieces, expected):
    words = [word.rstrip(",.!") for word in text.split()] if expected is None else expected
    encoded = [piece.encode() if isinstance(piece, str) else piece for piece in pieces]
    spans = aligned(encoded, text)
    assert [text[slice(*span)] for span in spans] == words
    assert spans == sorted(spans)


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=20), st.lists(st.none() | st.binary(max_size=4), max_size=8))
def test_spans_are_in_the_text_in_order_whatever_comes(text, pieces):
    spans = aligned(pieces, text)
    assert len(spans) == len(pieces)
    assert all(0 <= start <= end <= len(text) for start, end in spans)
    spans = [(start, end) for start, end in spans if end > start]
    assert spans == sorted(spans)
    assert [end for _, end in spans] == sorted(end for _, end in spans)


def test_the_first_tokenizer_of_open_clip_covers_what_was_written():
    text = "Two Unbelievably café-like dogs, don't!!"
    prepared = OpenClipTokenizer(SimpleTokenizer(), 77).prepare(text)
    assert prepared.tokens[-4:-1] == ("don", "'t", "!!")
    covered = {letter for start, end in prepared.spans for letter in range(start, end)}
    assert {i for i, letter in enumerate(text) if letter != " "} == covered


def test_cleaned_texts_are_found_in_what_was_written():
    """SigLIP's cleaning drops case and punctuation before the text is split."""
    folder = REFERENCE / "models" / "clip-32-8"
    wrapper = HFTokenizer(str(folder), context_length=40, clean="canonicalize")
    prepared = WrappedTokenizer(wrapper, 40).prepare("A Black-Dog's hydrant!")
    assert "".join(prepared.tokens[1:-1]) == "ABlack-Dog'shydrant!"
    assert prepared.spans[-2][1] == len("A Black-Dog's hydrant!")
    assert prepared.is_special.tolist() == [True, *[False] * (len(prepared.tokens) - 2), True]


def test_letters_that_a_wrapped_tokenizer_splits_are_found():
    wrapper = HFTokenizer(str(REFERENCE / "models" / "clip-32-8"), context_length=40)
    prepared = WrappedTokenizer(wrapper, 40).prepare("## 🐶 狗 dog")
    assert prepared.tokens[1:-1] == ("#", "#", *["🐶"] * 4, *["狗"] * 3, "dog")


@pytest.fixture
def warnings():
    """What transformers warns of."""

    class Noting(logging.Handler):
        def emit(self, record):
            messages.append(record.getMessage())

    messages, handler = [], Noting()
    logging.getLogger("transformers").addHandler(handler)
    yield messages
    logging.getLogger("transformers").removeHandler(handler)


@pytest.mark.parametrize("wrap", [HuggingFaceTokenizer, WrappedTokenizer])
def test_too_many_tokens_are_refused_without_a_warning(wrap, warnings):
    inner = HFTokenizer(str(REFERENCE / "models" / "clip-32-8"), context_length=40)
    plain = inner.tokenizer
    text = "hydrant" * 20
    adapted = wrap(inner if wrap is WrappedTokenizer else plain, 40)
    with pytest.raises(InputError, match="text must have at most 40 tokens, .* got"):
        adapted.prepare(text)
    assert warnings == []
    plain(text)
    assert "longer than the specified maximum" in warnings[0]


@pytest.mark.parametrize(
    "wrong", ["many", "77", None, True, 0, -3, 77.5, float("nan"), float("inf"), [3], {}]
)
def test_tokenizers_without_a_length_are_refused(wrong):
    message = r"\(tokenizer_config.json: model_max_length must be a whole number of at least 1, got"
    with pytest.raises(InputError, match=message) as caught:
        HuggingFaceTokenizer(SimpleNamespace(model_max_length=wrong), 40)
    assert caught.value.argument == "model"


@pytest.mark.parametrize(("longest", "expected"), [(10**30, 40), (1e30, 40), (32.0, 32), (7, 7)])
def test_the_shorter_length_counts(longest, expected):
    found = HuggingFaceTokenizer(SimpleNamespace(model_max_length=longest), 40)
    assert found.context_length == expected


def test_bytes_have_the_letters_of_gpt2():
    assert {letter: byte for byte, letter in bytes_to_unicode().items()} == tokenizers._BYTES
