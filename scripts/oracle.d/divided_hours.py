"""By how much the days of a zone off the whole hour are wrong if the hours at their ends are divided: the figures in docs/decisions.md.

usage: PYTHONPATH=target/oracle/… scripts/oracle.d/divided_hours.py      (a minute)
Each line: clicks a day, minutes at which days begin in a UTC hour, variance of bursts; for each rule the mean and the largest error in per
cent of a day; the share of days within three deviations of equal chances; and how many per cent of a day the hard bound is."""

import numpy

# Clicks by hour of the day, as people search.
BY_HOUR = [40, 25, 15, 10, 8, 10, 20, 45, 75, 95, 100, 100, 95, 95, 95, 95, 95, 98, 105, 115, 118, 105, 85, 60]
DAYS = 1_500


def minutes_of_day(per_day):
    rates = numpy.interp((numpy.arange(1_440) + 0.5) / 60, numpy.arange(-1, 25) + 0.5, [BY_HOUR[-1], *BY_HOUR, BY_HOUR[0]])
    return rates / rates.sum() * per_day


def proportional(n, _before, _after, share):
    return int(n * share)


def by_slope(n, before, after, share):
    slope = max(-2, min(2, (after - before) / (2 * n))) if n else 0
    return int(n * (share + slope * (share * share - share) / 2))


def simulate(random, per_day, offset, bursts):
    rates = numpy.tile(minutes_of_day(per_day), DAYS + 2)
    if bursts:
        rates = rates * numpy.repeat(random.gamma(1 / bursts, bursts, len(rates) // 15), 15)
    sums = numpy.concatenate([[0], numpy.cumsum(random.poisson(rates))])
    hour = lambda index: int(sums[offset + 60 * index + 60] - sums[offset + 60 * index])
    share = (-offset % 60) / 60
    errors, bounds, deviations, clicks = {proportional: [], by_slope: []}, 0, [], 0
    for day in range(1, DAYS):
        edges = [(1_440 * at - offset) // 60 for at in (day, day + 1)]
        inside = int(sums[offset + 60 * edges[1]] - sums[offset + 60 * (edges[0] + 1)])
        truth = int(sums[1_440 * (day + 1)] - sums[1_440 * day])
        for rule, found in errors.items():
            left = [rule(hour(edge), hour(edge - 1), hour(edge + 1), share) for edge in edges]
            found.append(abs(inside + hour(edges[0]) - left[0] + left[1] - truth) / max(1, truth))
        n = hour(edges[0]) + hour(edges[1])
        deviations.append(3 * (share * (1 - share) * n) ** 0.5 / max(1, truth))
        bounds, clicks = bounds + max(share, 1 - share) * n, clicks + truth
    shown = [f"{rule.__name__} {100 * numpy.mean(found):.3f} {100 * max(found):.2f}" for rule, found in errors.items()]
    within = numpy.mean(numpy.array(errors[proportional]) <= numpy.array(deviations))
    print(per_day, offset, bursts, *shown, f"within {100 * within:.1f} bound {100 * bounds / clicks:.2f}", flush=True)


if __name__ == "__main__":
    generator = numpy.random.default_rng(1)
    for clicks_a_day in (50, 500, 5_000, 50_000, 500_000):
        for minute in (30, 15):
            for variance in (0, 0.05, 0.3):
                simulate(generator, clicks_a_day, minute, variance)
