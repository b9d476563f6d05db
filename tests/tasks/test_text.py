from __future__ import annotations

from gatewise.tasks.text import PADDING, UNKNOWN, Vocabulary, rectangle, split_by_content, words


def test_words_are_lower_case_with_punctuation_apart():
    assert words("Don't panic, it's 42!") == ["don't", "panic", ",", "it's", "42", "!"]
    assert words("¿Qué?") == ["¿", "qué", "?"]


def test_words_of_other_scripts_are_whole():
    assert words("हिन्दी में दो") == ["हिन्दी", "में", "दो"]
    assert words("می\u200cخواهم؟") == ["می\u200cخواهم", "؟"]
    assert words("שָׁלוֹם") == ["שָׁלוֹם"]
    assert words("e\u0301te\u0301, 3") == ["e\u0301te\u0301", ",", "3"]
    assert words("\ufeffFirst") == ["first"], "the mark before a file's first letter is no word"


def test_vocabulary_ranks_by_frequency_then_alphabet():
    known = Vocabulary.of([["b", "a", "b"], ["c", "a", "d"]], size=6, special=("<s>",))
    assert known.tokens == ("<pad>", "<unk>", "<s>", "a", "b", "c")
    assert known.ids(["c", "d", "b"]) == [5, UNKNOWN, 4]


def test_vocabulary_leaves_rare_tokens_out():
    assert Vocabulary.of([["a", "a", "b"]], size=9, least=2).tokens == ("<pad>", "<unk>", "a")


def test_rectangle_pads_on_the_right():
    assert rectangle([[5], [6, 7]], width=3).tolist() == [[5, PADDING, PADDING], [6, 7, PADDING]]


def test_split_keeps_equal_contents_together_and_parts_apart():
    examples = [f"{i % 50}-{i}" for i in range(200)]
    parts = split_by_content(examples, lambda e: e.split("-")[0], 10, 5, 100)
    contents = [{e.split("-")[0] for e in part} for part in parts]
    assert [len(c) for c in contents] == [10, 5, 35]
    assert not contents[0] & contents[1] | contents[1] & contents[2] | contents[0] & contents[2]
    assert sorted(e for part in parts for e in part) == sorted(examples)


def test_split_does_not_depend_on_the_order_of_the_examples():
    examples = [str(i) for i in range(100)]
    forwards = split_by_content(examples, str, 20, 10)
    backwards = split_by_content(reversed(examples), str, 20, 10)
    assert [set(part) for part in forwards] == [set(part) for part in backwards]
