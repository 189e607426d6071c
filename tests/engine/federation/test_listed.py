# SPDX-License-Identifier: EUPL-1.2
import pytest

from guidance_graph.engine.federation.listed import ServiceAddress, read_list
from guidance_graph.terms.errors import SettingError

SAME = {
    "http://e": "http://e/",
    "HTTP://E:80": "http://e/",
    "https://e:443/sparql": "https://e/sparql",
    "https://e:0443/sparql": "https://e/sparql",
    "http://e:443/": "http://e:443/",
    "https://Query.Example.ORG/a/B?q=C": "https://query.example.org/a/B?q=C",
    "http://e?x": "http://e/?x",
    "http://[2606:4700::1111]:8080/q": "http://[2606:4700::1111]:8080/q",
    "http://1.1.1.1/": "http://1.1.1.1/",
    "http://e/%7Euser/~user": "http://e/%7Euser/~user",
}
OTHER = [
    ("http://e/", "https://e/"),
    ("http://e/", "http://e:8080/"),
    ("http://e/a", "http://e/a/"),
    ("http://e/a", "http://e/A"),
    ("http://e/a", "http://e/a?"),
    ("http://e/a?x=1", "http://e/a?x=2"),
    ("http://e/a", "http://e/./a"),
    ("http://e/a", "http://e/%61"),
    ("http://e/", "http://e.example/"),
]
NONE = [
    "",
    "e",
    "e:8080/sparql",
    "//e/",
    "ftp://e/",
    "file:///etc/passwd",
    "http:///sparql",
    "http:e/",
    "http://me@e/",
    "http://me:pass@e/",
    "http://e/#a",
    "http://e/a b",
    "http://e\\@f/",
    "http://e:0/",
    "http://e:65536/",
    "http://e:/",
    "http://e/é",
    "http://é/",
    "http://e/%zz",
    "http://-e/",
    "http://e./",
    "http://[::1",
    "http://[::1%25eth0]/",
    "http://e/\n",
    "http://e/\u2028",
    "javascript:alert(1)",
]


@pytest.mark.parametrize("iri", SAME)
def test_an_address_has_one_form(iri: str) -> None:
    read = ServiceAddress.read(iri)
    assert str(read) == SAME[iri]
    assert ServiceAddress.read(str(read)) == read


@pytest.mark.parametrize(("one", "other"), OTHER)
def test_what_differs_is_another_address(one: str, other: str) -> None:
    read = ServiceAddress.read(one)
    assert read is not None
    assert read != ServiceAddress.read(other) is not None


@pytest.mark.parametrize("iri", NONE)
def test_what_can_be_no_endpoint_is_none(iri: str) -> None:
    assert ServiceAddress.read(iri) is None


def test_a_list_has_commas_or_white_space_between() -> None:
    listed = read_list(" http://a/, https://b/sparql\n,http://A:80/ http://c ")
    assert list(map(str, listed)) == ["http://a/", "https://b/sparql", "http://c/"]
    assert read_list("") == read_list(" ,\n") == ()


def test_an_entry_that_cannot_be_used_is_told_without_its_password() -> None:
    with pytest.raises(SettingError, match=r"services: http://…@e/ is not the address") as raised:
        read_list("http://a/ http://me:s3cret@e/")
    assert "s3cret" not in str(raised.value)
