"""Names of places after the streets around them."""

from __future__ import annotations

import pytest

from routeopt.problem.build import build_with_streets
from routeopt.scenario.read import read_scenario
from routeopt.streets.names import PlaceNames, street_of


@pytest.mark.parametrize(
    ("written", "street"),
    [("162;Ring 1", "162"), ("162;Karl Johans gate", "Karl Johans gate"), ("B 35; Ringstraße", "Ringstraße"),
     ("", ""), ("中山路", "中山路")],
)  # fmt: skip
def test_of_several_names_the_first_that_is_no_number_counts(written, street):
    assert street_of(written) == street


@pytest.fixture
def net(night):
    return lambda: build_with_streets(read_scenario(night())).network


def place(net, street):
    """What a place in the middle of a street of the square is called."""
    names = PlaceNames(net)
    segments = [s for s in range(net.n_segments) if net.names[net.seg_name[s]] == street]
    return names.of(segments[0])


def test_a_place_is_called_by_its_street_and_the_next_corner(net):
    assert place(net(), "East St") in ("East St at South St", "East St at North Walk")


def test_a_nameless_way_is_called_by_the_streets_that_it_meets(net, square):
    square.write_text(square.read_text().replace('<tag k="name" v="North Walk"/>', ""))
    assert place(net(), "") in ("East St at South St", "West St at South St", "East St at West St",
                                "West St at East St")  # fmt: skip


def test_chinese_streets_are_joined_in_chinese(net, square):
    square.write_text(square.read_text().replace("South St", "中山路").replace("West St", "五一路"))
    names = {PlaceNames(net()).of(s) for s in range(net().n_segments)}
    assert "中山路近五一路" in names


def test_a_town_without_names_gives_the_class_of_its_way(net, square):
    text = square.read_text()
    for street in ("South St", "East St", "North Walk", "West St"):
        text = text.replace(f'<tag k="name" v="{street}"/>', "")
    square.write_text(text)
    assert PlaceNames(net()).of(0) == "residential"
