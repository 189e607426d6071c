# SPDX-License-Identifier: EUPL-1.2
"""The functions that Oxigraph has beyond those of SPARQL 1.1: GeoSPARQL's."""

from typing import Final

_GEOSPARQL: Final = "http://www.opengis.net/def/function/geosparql/"
_NAMES: Final = """
    area asGeoJSON centroid convexHull coordinateDimension difference dimension distance
    ehContains ehCoveredBy ehCovers ehDisjoint ehEquals ehInside ehMeet ehOverlap
    envelope getSRID intersection isEmpty isSimple length perimeter
    rcc8dc rcc8ec rcc8eq rcc8ntpp rcc8ntppi rcc8po rcc8tpp rcc8tppi relate
    sfContains sfCrosses sfDisjoint sfEquals sfIntersects sfOverlaps sfTouches sfWithin
    spatialDimension symDifference union
"""

#: Their IRIs.
EXTENSION_FUNCTIONS: Final = tuple(_GEOSPARQL + name for name in _NAMES.split())
