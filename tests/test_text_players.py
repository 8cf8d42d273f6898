"""Players of texts say what they are, whatever the text and its tokenizer."""

import unicodedata
from functools import cache
from types import SimpleNamespace

import numpy as np
import pytest
import transformers
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from open_clip.tokenizer import SimpleTokenizer
from small_models import REFERENCE, random_encoder
from tokenizers import (
    Tokenizer,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    processors,
    trainers,
)

from shapiq_fixlip import Fixed, InputError, Phrases, Template, Tokens, Words
from shapiq_fixlip.encoders import HuggingFaceTokenizer, OpenClipTokenizer
from shapiq_fixlip.sides import TextSide

LINES = [
    "a black dog",
    "next to the cat's yellow hydrant",
    "一只黑色的狗",
    "的狗",
    "naïve cafés",
] * 9
CONTEXT = 400
UNKNOWN, *ENDS = SPECIAL = ["<unk>", "<s>", "</s>"]
PARTS = (
    *("dog", "black ", "Cats' ", "a ", " ", "x", ".", ", ", "!", "-", "'s", "##", "#", "</", "7"),
    *("一", "只黑色", "的狗", "狗", "。", "か\u3099", "犬", "한국", "سلام ", "คน"),
    *("é", "e\u0301", "n\u0303", "e\u0323\u0301", "\u0301", "İ", "ß", "ﬁ", "㍿"),
    *("\uff21\uff22", "\uff01", "™", "½", "…", "¨", "\u00b4", "▁", "\ufffd"),
    *("🐶", "👩\u200d👩\u200d👧", "❤\ufe0f", "\ufe0f", "\u200d", "☃ "),
    *("\t", "\n", "\u00a0", "\u3000", "\u200b", "\x07", "\x00", "\u00ad"),
    *("&", "&amp; ", "\u2019"),
)
TEXTS = st.lists(st.sampled_from(PARTS), min_size=1, max_size=9).map("".join).filter(str.strip)


class WithoutOffsets:
    """A tokenizer that does not say which part of the text a token stands for, as slow ones."""

    is_fast = False

    def __init__(self, inner):
        self._inner = inner

    def __getattr__(self, name):
        return getattr(self._inner, name)

    def __len__(self):
        return len(self._inner)

    def __call__(self, text, return_offsets_mapping, **options):
        assert not return_offsets_mapping
        return self._inner(text, **options)


def trained(model, trainer, decoder, pre_tokenizer, normalizer=None):
    """A tokenizer of a few hundred tokens, among them whole Chinese phrases."""
    made = Tokenizer(model)
    made.pre_tokenizer, made.decoder = pre_tokenizer, decoder
    if normalizer is not None:
        made.normalizer = normalizer
    made.train_from_iterator(LINES, trainer)
    return finished(made)


def finished(made):
    """Add what begins and ends texts."""
    special = [(name, made.token_to_id(name)) for name in ENDS]
    made.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=special
    )
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=made,
        bos_token=ENDS[0],
        eos_token=ENDS[1],
        unk_token=UNKNOWN,
        model_max_length=CONTEXT,
    )


@cache
def byte_level():
    """As GPT-2: letters may be split, and one token may have parts of two letters."""
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=400,
        initial_alphabet=alphabet,
        special_tokens=SPECIAL,
        show_progress=False,
    )
    splitting = pre_tokenizers.ByteLevel(add_prefix_space=False)
    return trained(models.BPE(), trainer, decoders.ByteLevel(), splitting)


@cache
def word_pieces():
    """As BERT: without case, accents and control characters."""
    trainer = trainers.WordPieceTrainer(vocab_size=150, special_tokens=SPECIAL, show_progress=False)
    return trained(
        models.WordPiece(unk_token=UNKNOWN),
        trainer,
        decoders.WordPiece(),
        pre_tokenizers.BertPreTokenizer(),
        normalizers.BertNormalizer(),
    )


@cache
def unigram():
    """As XLM-R: compatible letters, and a blank before the first word and every other."""
    trainer = trainers.UnigramTrainer(
        vocab_size=100,
        unk_token=UNKNOWN,
        special_tokens=SPECIAL,
        show_progress=False,
    )
    return trained(
        models.Unigram(),
        trainer,
        decoders.Metaspace(),
        pre_tokenizers.Metaspace(),
        normalizers.NFKC(),
    )


TOKENIZERS = {
    "byte-level": lambda: HuggingFaceTokenizer(byte_level(), CONTEXT),
    "byte-level without offsets": lambda: HuggingFaceTokenizer(
        WithoutOffsets(byte_level()), CONTEXT
    ),
    "WordPiece": lambda: HuggingFaceTokenizer(word_pieces(), CONTEXT),
    "WordPiece without offsets": lambda: HuggingFaceTokenizer(
        WithoutOffsets(word_pieces()), CONTEXT
    ),
    "Unigram": lambda: HuggingFaceTokenizer(unigram(), CONTEXT),
    "Unigram without offsets": lambda: HuggingFaceTokenizer(WithoutOffsets(unigram()), CONTEXT),
    "CLIP": lambda: HuggingFaceTokenizer(clip(), CONTEXT),
    "CLIP without offsets": lambda: HuggingFaceTokenizer(WithoutOffsets(clip()), CONTEXT),
    "open_clip": lambda: OpenClipTokenizer(SimpleTokenizer(), CONTEXT),
}

KEEPS_EVERY_LETTER = ("byte-level", "Unigram", "CLIP")


@cache
def clip():
    """The lower-casing byte-level tokenizer of the reference models, for longer texts."""
    folder = REFERENCE / "models" / "clip-32-8"
    return transformers.AutoTokenizer.from_pretrained(folder, model_max_length=CONTEXT)


@cache
def tower(name):
    """What the side needs of a text tower, without any weights."""
    made = TOKENIZERS[name]()
    return SimpleNamespace(prepare=made.prepare, tokenizer=made, batch_size=1)


def side_of(name, text, players):
    return TextSide(tower(name), text, text_players=players)


def letters_of(span, text):
    return {i for i in range(*span) if not text[i].isspace()}


def token_letters(side):
    """The letters of every token that may be a player's."""
    spans = zip(side.prepared.spans, side.prepared.is_special, strict=True)
    return [set() if special else letters_of(span, side.text) for span, special in spans]


def places_of(side):
    """The letters of each label, of which the first one is as early as its tokens allow."""
    letters = sorted(letters_of((0, len(side.text)), side.text))
    squeezed = "".join(side.text[i] for i in letters)
    places, after = [], 0
    for player, label in enumerate(side.text_labels):
        said = "".join(label.split())
        pairs = zip(token_letters(side), side.token_player, strict=True)
        own = set().union(*(token for token, owner in pairs if owner == player))
        fits = [
            start
            for start in range(after, len(squeezed) - len(said) + 1)
            if squeezed[start:].startswith(said) and own <= {*letters[start : start + len(said)]}
        ]
        assert fits, f"{label!r} does not say {own} in {side.text!r}"
        after = fits[0] + len(said)
        places.append({*letters[fits[0] : after]})
    return places


def grown(place, links):
    """Add what shares letters with a place, until nothing does: by the definition of merging."""
    while more := [link for link in links if link & place and not link <= place]:
        place = place.union(*more)
    return place


def players_or_none(name, text, players):
    """The side, or none if the tokenizer drops the whole text."""
    try:
        return side_of(name, text, players)
    except InputError as error:
        if not error.problem.startswith("must have at least one token that is not special"):
            raise
        return None


@pytest.mark.parametrize("name", TOKENIZERS)
@settings(max_examples=60, deadline=None)
@given(TEXTS)
@example("一只黑色的狗")
@example("cafe\u0301 dogs")
@example("▁")
def test_tokens_say_their_letters_in_order(name, text):
    """Tokens of one letter all say it; what no token says, the tokenizer has dropped."""
    side = players_or_none(name, text, Tokens())
    if side is None:
        return
    pairs = zip(side.prepared.spans, side.token_player, strict=True)
    spans = [span for span, player in pairs if player >= 0]
    for label, (start, end) in zip(side.text_labels, spans, strict=True):
        assert label == text[start:end] if end > start else label  # a blank has a name of its own
    spans = [(start, end) for start, end in spans if end > start]
    assert spans == sorted(spans)
    assert [end for _, end in spans] == sorted(end for _, end in spans)
    lost = letters_of((0, len(text)), text).difference(*token_letters(side))
    if name in KEEPS_EVERY_LETTER:
        assert not lost
    if name == "WordPiece":
        assert all(unicodedata.category(text[i])[0] in "CM" or text[i] == "\ufffd" for i in lost)


@pytest.mark.parametrize("name", TOKENIZERS)
@settings(max_examples=60, deadline=None)
@given(TEXTS)
@example("一只黑色的狗")
@example("黑狗 cat")
def test_words_and_what_is_fixed_are_the_whole_text(name, text):
    side = players_or_none(name, text, Words())
    if side is None:
        return
    words = [letters_of(span, text) for span in Words().read(text).spans]
    places, tokens = places_of(side), token_letters(side)
    fixed = letters_of((0, len(text)), text).difference(*places)
    for letters, player in zip(tokens, side.token_player, strict=True):
        assert not letters & fixed  # the tokenizer has dropped what belongs to nobody
        assert not letters or [i for i, place in enumerate(places) if letters & place] == [player]
    assert all(any(word <= place for place in (*places, fixed)) for word in words)
    for place in places:  # none is larger than its tokens demand
        assert place == grown(next(word for word in words if word <= place), [*words, *tokens])


@pytest.mark.parametrize("name", TOKENIZERS)
@settings(max_examples=60, deadline=None)
@given(TEXTS, st.data())
def test_phrases_are_whole_tokens_or_refused(name, text, data):
    first = data.draw(st.integers(0, len(text) - 1))
    last = data.draw(st.integers(first + 1, len(text)))
    phrase = text[first:last]
    assume(phrase.strip())
    letters, tokens = letters_of((first, last), text), token_letters(side_of(name, text, Fixed()))
    whole = grown(letters, tokens)
    written = f"{text[:first]}{{{phrase}}}{text[last:]}"
    if whole != letters:
        fit = text[min(whole) : max(whole) + 1]
        better = f"{text[: min(whole)]}{{{fit}}}{text[max(whole) + 1 :]}"
        with pytest.raises(InputError) as caught:
            side_of(name, written, Template())
        assert caught.value.argument == "text_players"
        assert caught.value.problem.endswith(f"; {fit!r} would do.")
        assert side_of(name, better, Template()).text_labels == (" ".join(fit.split()),)
    elif not any(token & letters for token in tokens):
        with pytest.raises(InputError, match="at least one token for every player, got none for"):
            side_of(name, written, Template())
    else:
        side = side_of(name, written, Template())
        assert (side.text, side.text_labels) == (text, (" ".join(phrase.split()),))
        for token, player in zip(tokens, side.token_player, strict=True):
            assert not token or (player == 0) == (token <= letters)


@pytest.mark.parametrize("name", TOKENIZERS)
@settings(max_examples=30, deadline=None)
@given(TEXTS)
def test_fixed_texts_are_fixed_as_a_whole(name, text):
    side = side_of(name, text, Fixed())
    assert side.text_labels == ()
    assert side.shown(np.zeros(0, dtype=bool)) == text


CHINESE = "一只黑色的狗"


@pytest.fixture
def chinese_tower():
    """As XLM-R, with the tokens of the text: a blank, 一, 只黑色, 的狗."""
    tokens = ("<unk>", "<s>", "</s>", "▁", "一", "只黑色", "的狗", "a", "▁dog")
    vocabulary = [(token, -1.0) for token in tokens]
    inner = Tokenizer(models.Unigram(vocabulary, unk_id=0))
    inner.pre_tokenizer, inner.decoder = pre_tokenizers.Metaspace(), decoders.Metaspace()
    made = HuggingFaceTokenizer(finished(inner), CONTEXT)
    return SimpleNamespace(prepare=made.prepare, tokenizer=made, batch_size=1)


def test_words_that_share_a_token_are_one_player(chinese_tower):
    side = TextSide(chinese_tower, CHINESE, text_players=Words())
    assert side.text_labels == ("一", "只黑色", "的狗")
    assert side.token_player.tolist() == [-1, 0, 0, 1, 2, -1]
    assert side.naming("狗") == (2,)
    assert side.shown(np.array([True, True, False])) == "一只黑色…"


@pytest.mark.parametrize("players", [Phrases(["狗"]), "phrases:一;狗"])
def test_phrases_that_cut_a_token_are_refused(chinese_tower, players):
    message = "text_players must not cut a token of the model, got '狗' of '的狗'; '的狗' would do."
    with pytest.raises(InputError, match=message):
        TextSide(chinese_tower, CHINESE, text_players=players)
    with pytest.raises(InputError, match="got '黑' of '只黑色'; '只黑色' would do"):
        TextSide(chinese_tower, "一只{黑}色的狗", text_players=Template())
    side = TextSide(chinese_tower, CHINESE, text_players=Phrases(["的狗", "一只黑色"]))
    assert side.text_labels == ("的狗", "一只黑色")
    assert side.token_player.tolist() == [-1, 1, 1, 1, 0, -1]


def test_blanks_are_named_by_what_they_are(chinese_tower):
    side = TextSide(chinese_tower, f"{CHINESE} a")
    assert side.text_labels == ("▁", "一", "只黑色", "的狗", "▁", "a")
    assert side.player_names[4] == "▁ (2)"


@pytest.mark.parametrize(
    ("players", "expected"),
    [
        (Words(), [-1, 0, 0, 1, 1, -1, -1]),
        (Phrases(["一"]), [-1, 0, 0, -1, -1, -1, -1]),
        (Phrases(["只黑色"]), [-1, -1, -1, 0, 0, -1, -1]),
    ],
)
def test_a_blank_belongs_to_what_follows(chinese_tower, players, expected):
    """By hand: begin, ▁, 一, ▁, 只黑色, ▁, end; the last blank is nobody's."""
    side = TextSide(chinese_tower, "一 只黑色 ", text_players=players)
    assert side.token_player.tolist() == expected


def test_tokens_of_one_letter_are_players_of_one_name():
    side = side_of("CLIP", "dog 🐶", Tokens())
    assert side.player_names[-4:] == ("🐶", "🐶 (2)", "🐶 (3)", "🐶 (4)")
    assert side_of("CLIP", "dog🐶", Words()).text_labels == ("dog🐶",)


@pytest.mark.parametrize("name", ["WordPiece", "CLIP", "Unigram", "Unigram without offsets"])
def test_accents_stay_with_their_letters(name):
    side = side_of(name, "a cafe\u0301 dog", Phrases(["cafe\u0301"]))
    assert side.text_labels == ("cafe\u0301",)
    assert side.shown(np.array([False])) == "a … dog"


def test_words_that_are_dropped_belong_to_nobody():
    side = side_of("WordPiece", "a \x07 dog", Words())
    assert side.text_labels == ("a", "dog")
    assert side.shown(np.array([False, False])) == "… \x07 …"


def test_chinese_phrases_are_found_in_whole_words():
    assert Phrases(["狗"]).read("黑狗").spans == ((1, 2),)
    assert Phrases(["dog!"]).read("hotdog! dog!").spans == ((8, 12),)
    assert Phrases(["Dog"]).read("dog Dog").spans == ((4, 7),)
    side = TextSide(random_encoder().text_tower, "a dog! hotdog", text_players=Words())
    assert side.naming("DOG!") == (1,)
    assert side.naming("") == ()


def test_marks_are_no_words():
    assert Words().read("か\u3099き").spans == ((0, 2), (2, 3))


def check_nothing_is_left(name, text):
    side = side_of(name, text, Tokens())
    removed = TextSide(tower(name), text, text_removal="remove")
    left = removed.shown(np.zeros(removed.n_players, dtype=bool))
    assert not side.tower.tokenizer._ordinary(left)


@pytest.mark.parametrize("name", ["byte-level", "WordPiece", "Unigram", "CLIP"])
@settings(max_examples=60, deadline=None)
@given(text=TEXTS)
def test_of_a_text_without_players_nothing_is_left_for_the_model(name, text):
    assume(players_or_none(name, text, Tokens()) is not None)
    check_nothing_is_left(name, text)


@pytest.mark.parametrize(
    "text",
    ["&amp; dog", "&amp; a ", "R&amp;D", "it\u00e2\u20ac\u2122s a dog", "a&#39;s", "a &amp;amp; b"],
)
def test_nothing_is_left_of_what_open_clip_cleans(text):
    check_nothing_is_left("open_clip", text)


def test_entities_leave_with_what_they_stand_for():
    side = side_of("open_clip", "cats &amp; dogs", Tokens())
    assert side.text_labels == ("cats", "&amp;", "dogs")
    assert side_of("open_clip", "R&amp;D", Words()).text_labels == ("R&amp;D",)
