"""What must have arrived, and what did not."""
import collections

import pytest

from e2e.load import Load, compared, expected, stream_names


@pytest.fixture
def sample(tmp_path):
    path = tmp_path / "sample"
    path.write_bytes(b"a\nb\nc\nd\ne\n")
    return path


@pytest.mark.parametrize("per_request,requests,counts", [
    (2, 0, ""), (2, 1, "ab"), (2, 2, "abcd"),
    # The third request is filled up from the start, then the round begins again.
    (2, 3, "abcdea"), (2, 4, "abcdeaab"), (5, 2, "abcdeabcde"), (7, 1, "abcdeab")])
def test_the_sample_is_sent_in_order_over_and_over(sample, per_request, requests, counts):
    assert expected(Load(sample, records_per_request=per_request), requests) == collections.Counter(f"{name}\n".encode() for name in counts)


def test_a_put_record_has_one_record(sample):
    assert expected(Load(sample, "PutRecord"), 6)[b"a\n"] == 2


def test_each_stream_has_a_request_in_a_round(sample):
    assert expected(Load(sample, records_per_request=5, streams=3), 4).total() == 20
    assert stream_names("bench", 1) == ["bench"]
    assert stream_names("bench", 3) == ["bench-1", "bench-2", "bench-3"]


def test_a_lost_and_a_doubled_record_do_not_cancel_out():
    sent = collections.Counter({b"a\n": 2, b"b\n": 1})
    assert compared(sent, sent) == {"lost": 0, "duplicates": 0}
    assert compared(sent, collections.Counter({b"a\n": 3})) == {"lost": 1, "duplicates": 1}
    assert compared(sent, collections.Counter({b"a\n": 2, b"b\n": 1, b"never sent\n": 2})) == {"lost": 0, "duplicates": 2}
