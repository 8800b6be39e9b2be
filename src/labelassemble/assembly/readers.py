"""Several readings on one image of a source become one: what readers come to, and by which rule."""

import numpy as np
import polars as pl
from jaxtyping import Bool, Float, Int, UInt8

from labelassemble.assembly.reader_counts import Counts
from labelassemble.assembly.readings_matrix import Readings, rank_evidence
from labelassemble.setting_types import EVERY_EVIDENCE
from labelassemble.settings import AssemblySettings, ReaderPolicy
from labelassemble.sources.assessments import NEGATIVE, POSITIVE, STATES, UNCERTAIN, UNKNOWN, Reason

_FAR = np.iinfo(np.int64).max


def settle_readers(
    said: Readings, classes: tuple[str, ...], settings: AssemblySettings
) -> tuple[Readings, Counts | None]:
    """Make one row of all readings on one image.

    Within a source the strongest evidence speaks alone: a radiologist's box beats a term mined from
    the report, and who reviewed a label beats both. Readings of one strength follow
    ``settings.readers``, or the class's own policy:

    any: positive if one says so. all: positive if all say so, negative if one says so. majority:
    what more of them say than anything else; a tie is uncertain. unanimous: uncertain where they
    differ. mean: where they differ uncertain, and the label is the share of positives among those
    who are sure.

    Args:
        said: one row a reading.
        classes: its columns.
        settings: the policies.

    Returns:
        One row an image; and the counts of images that several readings speak of, None if there are
        none.
    """
    starts = np.flatnonzero(np.diff(said.image, prepend=-1))
    sizes = np.diff(np.append(starts, len(said.image)))
    if (sizes == 1).all():
        return said, None
    several = np.repeat(sizes > 1, sizes)
    group = _Group(said, several, classes, settings)
    rows = np.flatnonzero(~several | (np.repeat(starts, sizes) == np.arange(len(several))))
    replaced = np.flatnonzero(several[rows])

    def put(own: np.ndarray, settled: np.ndarray) -> np.ndarray:
        taken = own[rows]
        taken[replaced] = settled
        return taken

    share = None
    if group.share is not None:
        share = np.full((len(rows), len(classes)), np.nan, dtype=np.float32)
        share[replaced] = group.share
    settled = Readings(
        record=said.record[rows],
        image=said.image[rows],
        source=said.source[rows],
        state=put(said.state, group.state),
        reason=put(said.reason, group.reason),
        evidence=put(said.evidence, group.evidence),
        rule=put(said.rule, group.rule),
        reasons=group.reasons,
        rules=group.rules,
        share=share,
    )
    return settled, group.counts


class _Group:
    """The images that several readings speak of, settled."""

    def __init__(
        self,
        said: Readings,
        several: Bool[np.ndarray, " rows"],
        classes: tuple[str, ...],
        settings: AssemblySettings,
    ) -> None:
        rows = np.flatnonzero(several)
        image = said.image[rows]
        starts = np.flatnonzero(np.diff(image, prepend=-1))
        sizes = np.diff(np.append(starts, len(rows)))
        state = said.state[rows]
        spoken = state != UNKNOWN
        rank = rank_evidence(settings.evidence_order)[said.evidence[rows]]
        best = np.minimum.reduceat(np.where(spoken, rank, len(EVERY_EVIDENCE) + 1), starts, axis=0)
        heard = spoken & (rank == np.repeat(best, sizes, axis=0))

        def count(kind: int) -> Int[np.ndarray, "images classes"]:
            return np.add.reduceat((heard & (state == kind)).astype(np.int64), starts, axis=0)

        positive, negative, uncertain = count(POSITIVE), count(NEGATIVE), count(UNCERTAIN)
        policies = [settings.readers_by_class.get(name, settings.readers) for name in classes]
        self.state = _apply(positive, negative, uncertain, policies)
        other = spoken & ~heard & (state != np.repeat(self.state, sizes, axis=0))
        overruled = np.logical_or.reduceat(other, starts, axis=0)
        # The reason is that of the first reading that says what was settled on, or else of the
        # first.
        number = np.arange(len(rows))[:, None]
        agrees = heard & (state == np.repeat(self.state, sizes, axis=0))
        first = np.minimum.reduceat(np.where(agrees, number, _FAR), starts, axis=0)
        speaker = np.minimum.reduceat(np.where(heard, number, _FAR), starts, axis=0)
        chosen = np.where(first < _FAR, first, np.where(speaker < _FAR, speaker, 0))
        known = self.state != UNKNOWN
        columns = np.arange(len(classes))[None, :]
        self.evidence = said.evidence[rows][chosen, columns]
        differ = (positive > 0).astype(int) + (negative > 0) + (uncertain > 0) > 1
        # A text a combination: which policy, how many of each, and whether others were overruled.
        self.rules, self.rule = _name_rules(
            said,
            policies,
            (positive, negative, uncertain),
            differ,
            overruled & known,
            self.evidence,
        )
        self.reasons, self.reason = (
            said.reasons,
            np.where(known, said.reason[rows][chosen, columns], 0).astype(np.uint16),
        )
        self._explain_undecided(known & (first == _FAR))
        self.share = _share(positive, negative, differ, policies)
        self.counts = Counts(
            image=image[starts],
            record=said.record[rows][starts],
            source=said.source[rows][starts],
            positive=positive,
            negative=negative,
            uncertain=uncertain,
            state=self.state,
            rule=self.rule.astype(np.int64),
        )

    def _explain_undecided(self, undecided: Bool[np.ndarray, "images classes"]) -> None:
        """Where nobody says what was settled on, the rule is the reason."""
        if not undecided.any():
            return
        number = {reason: place for place, reason in enumerate(self.reasons)}
        for rule in np.unique(self.rule[undecided]).tolist():
            place = number.setdefault(Reason(self.rules[rule]), len(number))
            self.reason[undecided & (self.rule == rule)] = place
        self.reasons = tuple(number)


def _apply(
    positive: Int[np.ndarray, "images classes"],
    negative: Int[np.ndarray, "images classes"],
    uncertain: Int[np.ndarray, "images classes"],
    policies: list[ReaderPolicy],
) -> UInt8[np.ndarray, "images classes"]:
    pos, neg, unc = positive > 0, negative > 0, uncertain > 0
    alone = np.select(
        [pos & ~neg & ~unc, neg & ~pos & ~unc, pos | neg | unc],
        [POSITIVE, NEGATIVE, UNCERTAIN],
        UNKNOWN,
    )
    outcomes = {
        "any": np.select([pos, unc, neg], [POSITIVE, UNCERTAIN, NEGATIVE], UNKNOWN),
        "all": np.select([neg, unc, pos], [NEGATIVE, UNCERTAIN, POSITIVE], UNKNOWN),
        "majority": np.select(
            [
                (positive > negative) & (positive > uncertain),
                (negative > positive) & (negative > uncertain),
                pos | neg | unc,
            ],
            [POSITIVE, NEGATIVE, UNCERTAIN],
            UNKNOWN,
        ),
        "unanimous": alone,
        "mean": alone,
    }
    columns = [outcomes[policy][:, place] for place, policy in enumerate(policies)]
    return np.stack(columns, axis=1).astype(np.uint8) if columns else alone.astype(np.uint8)


def _share(
    positive: Int[np.ndarray, "images classes"],
    negative: Int[np.ndarray, "images classes"],
    differ: Bool[np.ndarray, "images classes"],
    policies: list[ReaderPolicy],
) -> Float[np.ndarray, "images classes"] | None:
    soft = differ & np.array([policy == "mean" for policy in policies], dtype=bool)[None, :]
    if not soft.any():
        return None
    sure = positive + negative
    return np.where(soft & (sure > 0), positive / np.maximum(sure, 1), np.nan).astype(np.float32)


def _name_rules(
    said: Readings,
    policies: list[ReaderPolicy],
    counts: tuple[np.ndarray, np.ndarray, np.ndarray],
    differ: Bool[np.ndarray, "images classes"],
    overruled: Bool[np.ndarray, "images classes"],
    evidence: np.ndarray,
) -> tuple[tuple[str, ...], np.ndarray]:
    """The rules in words, and which one each cell followed."""
    rules = {rule: place for place, rule in enumerate(said.rules)}
    number = np.zeros(differ.shape, dtype=np.uint16)
    told = np.argwhere(differ | overruled)
    if not len(told):
        return said.rules, number
    at = tuple(told.T)
    keys = pl.DataFrame(
        {
            "policy": pl.Series(policies)[pl.Series(told[:, 1])],
            "positive": counts[0][at],
            "negative": counts[1][at],
            "uncertain": counts[2][at],
            "differ": differ[at],
            "overruled": overruled[at],
            "evidence": evidence[at],
        }
    )
    kinds = keys.unique(maintain_order=True).sort(keys.columns)
    texts = [_tell(**row) for row in kinds.iter_rows(named=True)]
    places = [rules.setdefault(text, len(rules)) for text in texts]
    found = keys.join(
        kinds.with_columns(place=pl.Series(places)),
        on=keys.columns,
        how="left",
        maintain_order="left",
    )
    number[at] = found["place"].to_numpy()
    return tuple(rules), number


def _tell(
    policy: str,
    *,
    positive: int,
    negative: int,
    uncertain: int,
    differ: bool,
    overruled: bool,
    evidence: int,
) -> str:
    counted = [
        f"{count} {STATES[state]}"
        for count, state in ((positive, POSITIVE), (negative, NEGATIVE), (uncertain, UNCERTAIN))
        if count
    ]
    parts = [f"{EVERY_EVIDENCE[evidence]} first"] if overruled else []
    if differ:
        parts.append(f"readers, {policy}: {', '.join(counted)}")
    return "; ".join(parts)
