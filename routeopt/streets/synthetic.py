"""A seeded model town, written as an ordinary OSM file: for the reference scenario, tests and benchmarks.

An arterial net with gentle curves, a river with bridges in a strip of its own, blocks of local streets
between the arterials, an old town of crooked lanes with dead ends, pedestrian streets in the commercial
districts, fenced compounds whose inner streets meet the public ones at one or two gates, and venues where
such venues are. Nothing in it is a real place.
"""

from __future__ import annotations

import argparse
import csv
import gzip
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
from numpy.typing import NDArray

BLOCK_M = 560.0
"""Usual distance between arterials."""
STRIP_M = 240.0
"""Width of the strip that holds the river."""
FENCE = 0.95  # where a compound's fence is, from the middle of its block (0) to the streets around it (1)
M_PER_DEGREE = np.pi / 180 * 6_371_009.0

AVENUES = (
    "闽东路",
    "蕉城路",
    "学院路",
    "鹤峰路",
    "塔山路",
    "南岸路",
    "署前路",
    "金涵路",
    "海滨路",
    "福宁路",
    "东兴路",
    "西陵路",
)
ROADS = (
    "八一五路",
    "环城北路",
    "滨江路",
    "国宝路",
    "宁川路",
    "建新路",
    "天湖路",
    "万安路",
    "侨兴路",
    "富春路",
    "古溪路",
    "大门路",
)
LANES = "金鳌月桂松竹梅兰福禄寿喜文武仁义和平安康云霞泉石井桥塔台"
COMMUNITIES = ("五里亭社区", "兰亭社区", "东湖社区", "金涵社区", "鹤峰社区", "海滨社区", "侨兴社区", "塔山社区")
VENUES: tuple[tuple[str, str, str, int], ...] = (
    ("夜市", "amenity=marketplace", "market", 4), ("烧烤排档", "amenity=fast_food", "market", 16),
    ("KTV", "amenity=karaoke_box", "market", 10), ("酒吧", "amenity=bar", "market", 14),
    ("夜总会", "amenity=nightclub", "market", 3), ("网吧", "amenity=internet_cafe", "local", 6),
    ("饭店", "amenity=restaurant", "market", 20), ("宾馆", "tourism=hotel", "avenue", 10),
    ("学校", "amenity=school", "local", 9), ("幼儿园", "amenity=kindergarten", "local", 5),
    ("医院", "amenity=hospital", "avenue", 2), ("诊所", "amenity=clinic", "local", 4),
    ("银行", "amenity=bank", "avenue", 7), ("商场", "shop=mall", "market", 3),
    ("超市", "shop=supermarket", "local", 6), ("便利店", "shop=convenience", "local", 8),
    ("电影院", "amenity=cinema", "market", 2), ("加油站", "amenity=fuel", "avenue", 3),
    ("汽车站", "amenity=bus_station", "avenue", 1), ("火车站", "railway=station", "avenue", 1),
)  # fmt: skip
"""Kind in Chinese, OSM class, where it lies, number in a town of 134."""


@dataclass
class Edge:
    """A street between two nodes, with nodes tapped into it at shares of its length."""

    a: int
    b: int
    tags: dict[str, str]
    kind: str
    """"avenue", "local", "lane", "market" or "yard": where venues look for a place."""
    taps: list[tuple[float, int]] = field(default_factory=list)


@dataclass(frozen=True)
class Unit:
    """A key unit or a compound's gate."""

    name: str
    kind: str
    x: float
    y: float
    zone: str


@dataclass
class Town:
    """Streets, places and posts in metres from the middle of the town."""

    lat: float
    lon: float
    width_m: float
    height_m: float
    xy: list[tuple[float, float]] = field(default_factory=list)
    edges: list[Edge] = field(default_factory=list)
    river: list[tuple[float, float]] = field(default_factory=list)
    units: list[Unit] = field(default_factory=list)
    gates: list[Unit] = field(default_factory=list)
    compounds: list[tuple[str, NDArray[np.float64]]] = field(default_factory=list)
    """Names and corners (n, 2)."""
    districts: list[str] = field(default_factory=list)
    centres: list[tuple[str, float, float]] = field(default_factory=list)
    """Communities and their middles."""

    def latlon(self, x: float, y: float) -> tuple[float, float]:
        """Convert a position in metres to degrees."""
        return self.lat + y / M_PER_DEGREE, self.lon + x / (M_PER_DEGREE * np.cos(np.radians(self.lat)))

    def zone(self, x: float, y: float) -> str:
        """Return the community of a position."""
        return min(self.centres, key=lambda c: (c[1] - x) ** 2 + (c[2] - y) ** 2)[0] if self.centres else ""

    def node(self, x: float, y: float) -> int:
        """Add a node."""
        self.xy.append((float(x), float(y)))
        return len(self.xy) - 1

    def tap(self, edge: Edge, share: float) -> int:
        """Add a node on a street, or return an existing one very near."""
        for at, node in edge.taps:
            if abs(at - share) < 0.02:
                return node
        (ax, ay), (bx, by) = self.xy[edge.a], self.xy[edge.b]
        node = self.node(ax + share * (bx - ax), ay + share * (by - ay))
        edge.taps.append((share, node))
        return node

    def street(self, a: int, b: int, kind: str, **tags: str) -> Edge:
        """Add a street."""
        edge = Edge(a, b, tags, kind)
        self.edges.append(edge)
        return edge


@dataclass
class _Cell:
    """A face of a block's local net: its corners (x, y) and the streets around it."""

    corners: list[tuple[float, float]]
    sides: list[Edge]


def make_town(
    seed: int,
    width_m: float = 3200,
    height_m: float = 2600,
    lat: float = 26.6617,
    lon: float = 119.5467,
    n_communities: int = 5,
    n_compounds: int = 46,
    n_districts: int = 3,
    n_venues: int = 134,
) -> Town:
    """Make a model town; the same arguments give the same town.

    Raises
    ------
    ValueError
        If the area is too small for a block on each side of the river.
    """
    if width_m < 2 * BLOCK_M or height_m < 2 * BLOCK_M + STRIP_M:
        raise ValueError(f"{width_m:g} m × {height_m:g} m is too small for a town; 1200 × 1400 is the least.")
    rng = np.random.default_rng(seed)
    town = Town(lat, lon, width_m, height_m)
    columns = max(2, round(width_m / BLOCK_M))
    south = max(1, round((height_m - STRIP_M) * 0.4 / BLOCK_M))
    north = max(1, round((height_m - STRIP_M) * 0.6 / BLOCK_M))
    xs = np.linspace(-width_m / 2, width_m / 2, columns + 1)
    xs[1:-1] += rng.uniform(-0.12, 0.12, columns - 1) * BLOCK_M
    low = np.linspace(-height_m / 2, -height_m / 2 + (height_m - STRIP_M) * south / (south + north), south + 1)
    ys = np.concatenate([low, np.linspace(low[-1] + STRIP_M, height_m / 2, north + 1)])
    bend = rng.uniform(0, 2 * np.pi, 4)
    corner = np.empty((columns + 1, len(ys)), dtype=np.int64)
    for i, x in enumerate(xs):
        for j, y in enumerate(ys):
            dx = 55 * np.sin(y / 700 + bend[0]) + rng.normal(0, 12) + 0.06 * y
            dy = 45 * np.sin(x / 800 + bend[1]) + rng.normal(0, 12)
            corner[i, j] = town.node(x + dx, y + dy)
    strip = south  # row of blocks that the river runs through
    across, along = _arterials(town, rng, corner, strip)
    _communities(town, rng.permutation(min(n_communities, len(COMMUNITIES))), n_communities)
    cells = _blocks(town, rng, corner, across, along, strip, n_districts)
    _compounds(town, rng, cells, n_compounds)
    _venues(town, rng, n_venues)
    return town


def _communities(town: Town, spots: NDArray[np.int64], count: int) -> None:
    """Place the middles of communities: on a ring, or, where they are more than the known names, all over."""
    for n in range(count):
        angle = 2 * np.pi * (n + 0.5) / count
        across, up = 0.3 * np.cos(angle), 0.3 * np.sin(angle)
        if count > len(COMMUNITIES):  # Vogel's spiral fills a disc evenly; its square is stretched to the town's
            radius, angle = np.sqrt((n + 0.5) / count), n * np.pi * (3 - np.sqrt(5))
            across, up = _in_square(radius * np.cos(angle), radius * np.sin(angle))
        name = (
            COMMUNITIES[spots[n]]
            if n < len(spots)
            else f"{LANES[n % len(LANES)]}{LANES[(5 * n + 2) % len(LANES)]}社区"
        )
        town.centres.append((name, float(across) * town.width_m, float(up) * town.height_m))


def _in_square(x: float, y: float) -> tuple[float, float]:
    """Stretch the unit disc to the square from −0.5 to 0.5 along its radii."""
    long = np.hypot(x, y) / max(abs(x), abs(y))
    return 0.5 * x * long, 0.5 * y * long


def _arterials(
    town: Town, rng: np.random.Generator, corner: np.ndarray, strip: int
) -> tuple[dict[tuple[int, int], Edge], dict[tuple[int, int], Edge]]:
    """Lay avenues (up) and roads (across); all but one in four of the avenues cross the river on a bridge."""
    columns, rows = corner.shape[0] - 1, corner.shape[1] - 1
    up: dict[tuple[int, int], Edge] = {}
    across: dict[tuple[int, int], Edge] = {}
    for i in range(columns + 1):
        ring = i in (0, columns)
        kind = "primary" if i == columns // 2 or ring else "secondary"
        for j in range(rows):
            if j == strip and i % 4 == 1:
                continue
            tags = {"highway": kind, "name": AVENUES[i % len(AVENUES)]} | (
                {"maxspeed": "50"} if kind == "primary" else {}
            )
            if j == strip:
                tags |= {"bridge": "yes", "layer": "1"}
            up[i, j] = town.street(int(corner[i, j]), int(corner[i, j + 1]), "avenue", **tags)
    for j in range(rows + 1):
        kind = "primary" if j in (0, rows) else "secondary" if j % 2 else "tertiary"
        for i in range(columns):
            tags = {"highway": kind, "name": ROADS[j % len(ROADS)]} | (
                {"maxspeed": "40"} if kind != "primary" else {}
            )
            across[i, j] = town.street(int(corner[i, j]), int(corner[i + 1, j]), "avenue", **tags)
    middle = [
        ((town.xy[corner[i, strip]][0] + town.xy[corner[i, strip + 1]][0]) / 2,
         (town.xy[corner[i, strip]][1] + town.xy[corner[i, strip + 1]][1]) / 2 + rng.normal(0, 15))
        for i in range(columns + 1)
    ]  # fmt: skip
    town.river = [(middle[0][0] - 300, middle[0][1] + 40), *middle, (middle[-1][0] + 300, middle[-1][1] - 40)]
    return up, across


def _blocks(
    town: Town,
    rng: np.random.Generator,
    corner: np.ndarray,
    up: dict[tuple[int, int], Edge],
    across: dict[tuple[int, int], Edge],
    strip: int,
    n_districts: int,
) -> list[_Cell]:
    """Lay the local streets of every block; returns the cells that compounds may take."""
    columns, rows = corner.shape[0] - 1, corner.shape[1] - 1
    blocks = [(i, j) for i in range(columns) for j in range(rows) if j != strip]
    centre = sorted(blocks, key=lambda b: (b[0] + 0.5 - columns / 2) ** 2 + (b[1] + 0.5 - rows / 2 - 0.6) ** 2)
    old = set(centre[:2])
    market = set([b for b in centre[2:] if b not in old][: 2 * n_districts : 2])
    town.districts = [f"{'万达宝信天湖侨兴金港海滨'[2 * n : 2 * n + 2] or n}商圈" for n in range(n_districts)]
    free: list[_Cell] = []
    lane = 0
    for block in blocks:
        i, j = block
        sides = [across[i, j], up[i + 1, j], across[i, j + 1], up[i, j]]
        kind = "lane" if block in old else "market" if block in market else "local"
        n = 5 if kind == "lane" else 4 if kind == "market" else 3
        cells, lane = _lattice(town, rng, sides, kind, n, lane)
        if kind == "local":
            free += cells
    order = rng.permutation(len(free))
    return [free[k] for k in order]


def _lattice(
    town: Town, rng: np.random.Generator, sides: list[Edge], kind: str, n: int, lane: int
) -> tuple[list[_Cell], int]:
    """Lay an n × n net of local streets inside four arterials (south, east, north, west)."""
    node = _crossings(town, rng, sides, kind, n)
    streets: dict[tuple[int, int, int], Edge] = {}
    for line in range(1, n):
        for upward in (0, 1):
            name = LANES[lane % len(LANES)] + LANES[(lane * 7 + 3) % len(LANES)]
            lane += 1
            tags = _local_tags(rng, kind, name, line, n)
            for k in range(n):
                if kind == "lane" and 0 < k < n - 1 and rng.random() < 0.22:
                    continue  # a gap in the old town
                a, b = (node[line, k], node[line, k + 1]) if upward else (node[k, line], node[k + 1, line])
                at = "market" if tags["highway"] == "pedestrian" or kind == "market" else kind
                streets[upward, line, k] = town.street(int(a), int(b), at, **tags)
    if kind == "lane":
        _dead_ends(town, rng, streets.values())
    return _cells(town, sides, node, streets), lane


def _crossings(town: Town, rng: np.random.Generator, sides: list[Edge], kind: str, n: int) -> NDArray[np.int64]:
    """Place the net's crossings: its corners, where it meets the arterials, and those inside, (n + 1, n + 1)."""
    s, e, north, w = sides
    marks = [k / n + (rng.uniform(-0.25, 0.25) / n if kind != "market" else 0) for k in range(1, n)]
    q = [np.array(town.xy[k]) for k in (s.a, s.b, north.b, north.a)]
    node = np.full((n + 1, n + 1), -1, dtype=np.int64)
    node[0, 0], node[n, 0], node[n, n], node[0, n] = s.a, s.b, north.b, north.a
    for k, m in enumerate(marks, 1):
        node[k, 0], node[k, n] = town.tap(s, m), town.tap(north, m)
        node[0, k], node[n, k] = town.tap(w, m), town.tap(e, m)
    jitter = 0.22 if kind == "lane" else 0.05
    for a in range(1, n):
        for b in range(1, n):
            u = marks[a - 1] + rng.normal(0, jitter / n)
            v = marks[b - 1] + rng.normal(0, jitter / n)
            x, y = (1 - u) * (1 - v) * q[0] + u * (1 - v) * q[1] + u * v * q[2] + (1 - u) * v * q[3]
            node[a, b] = town.node(x, y)
    return node


def _dead_ends(town: Town, rng: np.random.Generator, streets: Iterable[Edge]) -> None:
    for edge in streets:
        if rng.random() < 0.5:
            start = town.tap(edge, rng.uniform(0.3, 0.7))
            x, y = np.array(town.xy[start]) + rng.normal(0, 28, 2)
            town.street(start, town.node(x, y), "lane", highway="footway")


def _cells(
    town: Town, sides: list[Edge], node: NDArray[np.int64], streets: dict[tuple[int, int, int], Edge]
) -> list[_Cell]:
    """List the net's meshes with the local streets around each."""
    s, e, north, w = sides
    n = len(node) - 1
    cells = []
    for a in range(n):
        for b in range(n):
            around = [
                streets.get((0, b, a), s if b == 0 else None),
                streets.get((1, a + 1, b), e if a == n - 1 else None),
                streets.get((0, b + 1, a), north if b == n - 1 else None),
                streets.get((1, a, b), w if a == 0 else None),
            ]
            inner = [edge for edge in around if edge is not None and edge not in sides]
            quad = [town.xy[node[p]] for p in ((a, b), (a + 1, b), (a + 1, b + 1), (a, b + 1))]
            cells.append(_Cell(quad, inner))
    return cells


def _local_tags(rng: np.random.Generator, kind: str, name: str, line: int, n: int) -> dict[str, str]:
    if kind == "lane":
        walk = rng.random() < 0.45
        return {"highway": "pedestrian" if walk else "living_street", "name": f"{name}{'弄' if walk else '巷'}"}
    if kind == "market":
        if line == n // 2:
            return {"highway": "pedestrian", "name": f"{name}步行街"}
        return {"highway": "tertiary" if line == 1 else "residential", "name": f"{name}街"}
    tags = {"highway": "residential", "name": f"{name}{'支路' if rng.random() < 0.5 else '街'}"}
    if rng.random() < 0.3:
        tags["oneway"] = "yes" if rng.random() < 0.5 else "-1"
    return tags


def _compounds(town: Town, rng: np.random.Generator, cells: Sequence[_Cell], count: int) -> None:
    """Lay fenced compounds: an inner loop with a cross lane that meets the public street at one or two gates."""
    for n, cell in enumerate([c for c in cells if c.sides][:count]):
        quad = np.array(cell.corners)
        middle = quad.mean(axis=0)
        ring = [town.node(*(middle + 0.55 * (q - middle))) for q in quad]
        second = LANES[(3 * n + 1 + n // len(LANES)) % len(LANES)]  # no pair of names comes twice in a phase
        name = f"{LANES[n % len(LANES)]}{second}{('花园', '小区', '新村', '公寓')[n % 4]}"
        name += f"{n // len(LANES) ** 2 + 1}期" if n >= len(LANES) ** 2 else ""
        loop = [town.street(ring[k], ring[(k + 1) % 4], "yard", highway="service") for k in range(4)]
        town.street(town.tap(loop[0], 0.5), town.tap(loop[2], 0.5), "yard", highway="footway")
        town.compounds.append((name, middle + FENCE * (quad - middle)))
        for g in range(min(len(cell.sides), 1 + int(rng.random() < 0.5))):
            side = cell.sides[g]
            gate = town.tap(side, float(rng.uniform(0.35, 0.65)))
            x, y = town.xy[gate]
            inside = min(
                (town.tap(edge, 0.35) for edge in loop),
                key=lambda k: (town.xy[k][0] - x) ** 2 + (town.xy[k][1] - y) ** 2,
            )
            town.street(gate, inside, "yard", highway="service")
            if g == 0:
                town.gates.append(Unit(name, "小区", x, y, town.zone(x, y)))


def _venues(town: Town, rng: np.random.Generator, count: int) -> None:
    """Place key units beside streets of their kind; the numbers grow with ``count``."""
    base = sum(number for *_, number in VENUES)
    wanted = [
        (label, osm, where)
        for label, osm, where, number in VENUES
        for _ in range(round(number * count / base) or 1)
    ]
    while len(wanted) < count:
        wanted.append(VENUES[len(wanted) % len(VENUES)][:3])
    by_kind = {kind: [e for e in town.edges if e.kind == kind] for kind in ("avenue", "local", "market", "lane")}
    by_kind["market"] += by_kind["lane"][::3]
    numbers: dict[str, int] = {}
    for label, osm, where in wanted[:count]:
        pool = by_kind[where] or by_kind["local"] or town.edges
        edge = pool[int(rng.integers(len(pool)))]
        (ax, ay), (bx, by) = town.xy[edge.a], town.xy[edge.b]
        share, side = rng.uniform(0.1, 0.9), rng.choice([-1.0, 1.0]) * rng.uniform(7, 14)
        long = float(np.hypot(bx - ax, by - ay)) or 1.0
        x, y = ax + share * (bx - ax) - side * (by - ay) / long, ay + share * (by - ay) + side * (bx - ax) / long
        numbers[label] = numbers.get(label, 0) + 1
        town.units.append(
            Unit(f"{edge.tags.get('name', '')}{label}{numbers[label]}号", osm, x, y, town.zone(x, y))
        )


def write_osm(town: Town, path: Path) -> None:
    """Write the town as OSM XML, gzipped when the name ends in .gz; the same town gives the same bytes."""
    root = ElementTree.Element("osm", version="0.6", generator="routeopt model town")
    nodes = ElementTree.SubElement(root, "note")
    nodes.text = "A model town. No real place."
    next_id = len(town.xy) + 1

    def put(node_id: int, x: float, y: float, tags: dict[str, str]) -> None:
        la, lo = town.latlon(x, y)
        element = ElementTree.SubElement(
            root, "node", id=str(node_id), lat=f"{la:.7f}", lon=f"{lo:.7f}", version="1"
        )
        for key, value in tags.items():
            ElementTree.SubElement(element, "tag", k=key, v=value)

    for n, (x, y) in enumerate(town.xy, 1):
        put(n, x, y, {})
    river = []
    for x, y in town.river:
        put(next_id, x, y, {})
        river.append(next_id)
        next_id += 1
    for unit in town.units:
        key, value = unit.kind.split("=")
        put(
            next_id,
            unit.x,
            unit.y,
            {key: value, "name": unit.name} | ({"cuisine": "barbecue"} if "烧烤" in unit.name else {}),
        )
        next_id += 1
    for gate in town.gates:
        put(next_id, gate.x, gate.y, {"barrier": "gate", "name": gate.name})
        next_id += 1
    ways = [([e.a, *(node for _, node in sorted(e.taps)), e.b], e.tags) for e in town.edges]
    for n, (refs, tags) in enumerate(ways, 1):
        way = ElementTree.SubElement(root, "way", id=str(n), version="1")
        for ref in refs:
            ElementTree.SubElement(way, "nd", ref=str(ref + 1))
        for key, value in tags.items():
            ElementTree.SubElement(way, "tag", k=key, v=value)
    way = ElementTree.SubElement(root, "way", id=str(len(ways) + 1), version="1")
    for ref in river:
        ElementTree.SubElement(way, "nd", ref=str(ref))
    ElementTree.SubElement(way, "tag", k="waterway", v="river")
    ElementTree.indent(root, " ")
    data = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    path.write_bytes(gzip.compress(data, mtime=0) if path.name.endswith(".gz") else data)


def write_places(town: Town, path: Path) -> None:
    """Write key units and compounds' gates as CSV: name,lat,lon,zone."""
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(["name", "lat", "lon", "zone"])
        for unit in [*town.units, *town.gates]:
            la, lo = town.latlon(unit.x, unit.y)
            writer.writerow([unit.name, f"{la:.6f}", f"{lo:.6f}", unit.zone])


def main() -> None:
    """Write town.osm.gz, places.csv, communities.geojson and compounds.geojson into a folder."""
    from routeopt.streets.town_zones import write_zones

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--width", type=float, default=3200, help="metres")
    parser.add_argument("--height", type=float, default=2600, help="metres")
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    town = make_town(arguments.seed, arguments.width, arguments.height)
    arguments.out.mkdir(parents=True, exist_ok=True)
    write_osm(town, arguments.out / "town.osm.gz")
    write_places(town, arguments.out / "places.csv")
    write_zones(town, arguments.out)


if __name__ == "__main__":
    main()
