from hypothesis import given
from hypothesis import strategies as st

from app.domain.sentences import fold, locate, sentence_texts, sentences

TEXTS = st.text(alphabet=st.sampled_from("aB1 .!?\n\t-—。！”“)(|#。।؟…,:'é第\u00ad\u00a0"), max_size=120) | st.text(
    max_size=200
)


@given(TEXTS)
def test_units_cover_the_text_in_order_without_overlap(text: str) -> None:
    spans = sentences(text)
    assert "".join("".join(text[slice(*span)].split()) for span in spans) == "".join(text.split())
    at = 0
    for start, end in spans:
        assert at <= start < end
        assert text[start:end] == text[start:end].strip()
        assert not text[at:start].strip()
        at = end


@given(TEXTS)
def test_each_unit_with_a_letter_is_located(text: str) -> None:
    for unit in sentence_texts(text):
        folded, _ = fold(unit)
        if any(character.isalnum() for character in folded):
            span = locate(unit, text)
            assert span is not None
            assert fold(text[slice(*span)])[0] == folded


@given(TEXTS, TEXTS)
def test_what_is_located_is_whole_units(text: str, quote: str) -> None:
    span = locate(quote, text)
    if span is not None:
        units = sentences(text)
        inside = [unit for unit in units if unit.start >= span.start and unit.end <= span.end]
        assert inside
        assert (inside[0].start, inside[-1].end) == span


@given(TEXTS)
def test_folding_is_stable_and_keeps_offsets(text: str) -> None:
    folded, origins = fold(text)
    assert len(folded) == len(origins)
    assert origins == sorted(set(origins))
    assert fold(folded)[0] == folded
