"""Which texts count as the same, and as nearly the same."""

from hypothesis import given, settings
from hypothesis import strategies as st
from optwright.datasets.overlap import clusters, digest, normalised

TEXT = """A farmer plants wheat and rye on forty hectares of land,
and earns two hundred euros for each hectare of wheat."""


def test_normal_form_keeps_words_and_numbers():
    assert normalised("A  Baker's\n$1,200.50 loaf, 3%!") == "a baker s 1200.50 loaf 3"


def test_texts_that_share_most_of_their_grams_are_one_cluster_and_chains_count():
    near = TEXT.replace("forty", "thirty")  # 4 of 18 grams differ on either side: 14 / 22 is below 0.7
    longer = TEXT + " in a year"
    found = clusters([TEXT, longer, near, "something else entirely, about trains and stations"])
    assert found[0] == found[1] and len(set(found)) == 3


def test_clusters_are_named_by_what_is_in_them():
    assert clusters([TEXT])[0] == digest(TEXT)
    assert clusters(["other words here now", TEXT])[1] == digest(TEXT)
    assert clusters([]) == []


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(st.sampled_from("abcd"), min_size=1, max_size=8).map(" ".join), min_size=1, max_size=8))
def test_agrees_with_pairwise_comparison(texts):
    def grams(text: str) -> set[str]:
        words = normalised(text).split()
        return {" ".join(words[i : i + 4]) for i in range(max(1, len(words) - 3))}

    group = list(range(len(texts)))
    for i in range(len(texts)):
        for j in range(i):
            a, b = grams(texts[i]), grams(texts[j])
            if len(a & b) >= 0.7 * len(a | b):
                group = [group[i] if g == group[j] else g for g in group]
    found = clusters(texts)
    assert all((found[i] == found[j]) == (group[i] == group[j]) for i in range(len(texts)) for j in range(i))
