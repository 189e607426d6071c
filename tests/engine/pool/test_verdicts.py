# SPDX-License-Identifier: EUPL-1.2
"""What is remembered of queries."""

from guidance_graph.engine.pool.verdicts import Verdicts


def test_a_query_nobody_knows_is_neither_light_nor_heavy() -> None:
    verdicts = Verdicts()
    assert not verdicts.was_light(1)
    assert not verdicts.was_heavy(1)


def test_the_last_judgement_counts() -> None:
    verdicts = Verdicts()
    verdicts.judge(1, light=False)
    assert verdicts.was_heavy(1)
    verdicts.judge(1, light=True)
    assert verdicts.was_light(1)


def test_what_was_judged_longest_ago_is_forgotten() -> None:
    verdicts = Verdicts(most=2)
    for key in (1, 2, 1, 3):
        verdicts.judge(key, light=True)
    assert [verdicts.was_light(key) for key in (1, 2, 3)] == [True, False, True]
