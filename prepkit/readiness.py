"""Check a plan against the method: what holds, what is missing, what to do next."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from textwrap import shorten

from prepkit.case import LONGEST_SECONDS, SHORTEST_SECONDS, AdvocatesCase
from prepkit.competencies import competencies
from prepkit.coverage import ENOUGH, Coverage
from prepkit.errors import did_you_mean
from prepkit.headings import Section
from prepkit.plan import Category, Plan, Theme
from prepkit.posting import Posting
from prepkit.stories import StoryInventory
from prepkit.text import stems
from prepkit.wording import check_wording

__all__ = ["Finding", "Severity", "Step", "check_plan", "readiness"]

FEWEST, MOST = 3, 4
"""Themes in a plan: what an interviewer can say in 20 to 30 seconds (the method)."""

LONGEST_CLAIM = 25
"""Words in a claim; four of 25 words at 150 words a minute take 40 seconds and leave no room for proof."""

LONGEST_SPAN = 120
"""Characters of a sentence that a finding repeats."""


class Severity(StrEnum):
    """How much a finding weighs."""

    GAP = "gap"
    WARNING = "warning"
    HINT = "hint"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing about a plan that a coach would point at.

    Attributes:
        code: Stable name of the rule, such as ``story_single``.
        severity: Gap (to be mended before the interview), warning or hint.
        message: What was found, one sentence.
        where: Id of the theme, story or culture note; ``plan`` for the whole.
        fix: What to do, one sentence.
    """

    code: str
    severity: Severity
    message: str
    where: str
    fix: str


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the method and whether it is done; `detail` says what is open, empty when nothing is known."""

    name: str
    done: bool
    detail: str


def check_plan(
    plan: Plan,
    posting: Posting | None = None,
    stories: StoryInventory | None = None,
    coverage: Coverage | None = None,
    case: AdvocatesCase | None = None,
    language: str = "",
    questions: Collection[str] = (),
) -> tuple[Finding, ...]:
    """Return what is missing or weak in a plan, gaps first, in the order of the method otherwise.

    Args:
        plan: What the candidate has decided.
        posting: Needed to check that cited lines exist and say something of the role.
        stories: Needed to check ratings and the stories behind the themes.
        coverage: Needed to count the stories behind each theme; of this plan and these stories.
        case: Needed to hold the speaking time against 20 to 30 seconds; of this plan and these stories.
        language: Two-letter code of the candidate's own words; empty has it guessed. Wording is checked in English.
        questions: Ids of the question bank; needed to tell whether a bridge without words belongs to one.
    """
    findings = [*_number_of_themes(plan)]
    for theme in plan.themes:
        findings += _claim(theme)
        findings += _evidence(theme, plan, posting)
        if coverage is not None:
            findings += _stories(theme, coverage)
    findings += _same_claims(plan.themes)
    findings += _wording(plan, posting.company if posting else "", language)
    if case is not None:
        findings += _case(case)
    if coverage is not None:
        findings += _open_ratings(plan, coverage)
    if posting is not None and plan.posting_fingerprint and plan.posting_fingerprint != posting.fingerprint:
        findings.append(
            Finding(
                "posting_changed", Severity.WARNING, "The posting has changed since the evidence was chosen.", "plan",
                "Look at each theme's evidence: the line numbers may have moved.",
            )
        )  # fmt: skip
    if stories is not None and not len(stories):
        fix = "Write them into the story inventory; a title is enough to begin."
        findings.append(Finding("stories_missing", Severity.GAP, "There are no stories yet.", "plan", fix))
    if stories is not None:
        findings += _ratings(plan, stories)
        findings += _incomplete(plan, stories, coverage)
        findings += _bridges(plan, stories, questions)
        findings += _tags(plan, stories, coverage)
    order = list(Severity)
    return tuple(sorted(findings, key=lambda finding: order.index(finding.severity)))


def readiness(
    plan: Plan, findings: Iterable[Finding], coverage: Coverage | None = None, case: AdvocatesCase | None = None
) -> tuple[Step, ...]:
    """Return the steps of the method with what is done, from the findings of :func:`check_plan`.

    What cannot be known is not done: the steps on stories without `coverage`, the one on the case without `case`, and
    every step without a theme.
    """
    codes = [finding.code for finding in findings]
    fit = any(theme.category is Category.FIT for theme in plan.themes)
    rated = coverage is not None and coverage.ratings.size > 0
    open_ratings = int((~coverage.decided).to_numpy().sum()) if coverage is not None else 0

    def step(name: str, faults: Iterable[str], bad: str, known: bool = True) -> Step:
        wrong = sum(codes.count(code) for code in faults)
        there = bool(plan.themes) and known
        return Step(name, there and not wrong, bad.format(wrong=wrong) if there and wrong else "")

    wording = ("wording_self_serving", "wording_generic", "wording_superlative")
    return (
        step("Choose three or four themes", ("theme_count", "category_missing", "claim_blank"),
             "a theme, a category or a claim is missing"),
        step("Tie each theme to the posting", ("evidence_missing", "evidence_unknown", "evidence_boilerplate"),
             "{wrong} to look at"),
        step("Ask people who know the employer", ("fit_not_researched",), "{wrong} fit theme not researched", fit),
        step("Back each theme with two stories", ("story_none", "story_single", "story_unsettled"),
             "{wrong} short of two settled stories", rated),
        step("Settle the ratings", ("rating_open",), f"{open_ratings} only suggested", rated),
        step("Complete the stories you lean on", ("story_incomplete",), "{wrong} not complete", rated),
        step("Say what you do for them", wording, "to be turned round: {wrong}"),
        step("Fit the case into 20 to 30 seconds", ("case_long", "case_short", "proof_missing", "claim_blank"),
             " and ".join(said for code, said in _CASE.items() if code in codes), case is not None),
    )  # fmt: skip


_CASE = {
    "case_long": "too long", "case_short": "too short", "proof_missing": "a proof is missing",
    "claim_blank": "a claim is missing",
}  # fmt: skip


def _name(theme: Theme) -> str:
    words = theme.claim.split()
    short = " ".join(words[:9]) + (" …" if len(words) > 9 else "")
    return f"“{short}”" if theme.claim else f"The theme {theme.id}"


def _number_of_themes(plan: Plan) -> Iterator[Finding]:
    count = len(plan.themes)
    if not FEWEST <= count <= MOST:
        said = "No theme is chosen yet" if not count else f"The plan has {count} theme{'s' * (count != 1)}"
        fix = "Drop the weakest." if count > MOST else "Choose from the suggestions or write your own."
        message = f"{said}; an interviewer can pass on three, four at most."
        yield Finding("theme_count", Severity.GAP, message, "plan", fix)
    help_by_category = {
        Category.MOTIVATION: "Say why this role is a natural next step for you, as a service to what they are for.",
        Category.CHALLENGE: "Say which challenge of the role you have met before.",
        Category.FIT: "Say which hallmark of how you work they would find compelling.",
    }
    for category in Category if count else ():
        if not any(theme.category is category for theme in plan.themes):
            message = f"No theme is about {category}."
            yield Finding("category_missing", Severity.GAP, message, "plan", help_by_category[category])


def _claim(theme: Theme) -> Iterator[Finding]:
    if not theme.claim:
        yield Finding(
            "claim_blank", Severity.GAP, f"The theme {theme.id} has no claim.", theme.id,
            "Write the one sentence that the interviewer should repeat.",
        )  # fmt: skip
    elif len(theme.claim.split()) > LONGEST_CLAIM:
        message = f"{_name(theme)} has {len(theme.claim.split())} words; nobody repeats more than {LONGEST_CLAIM}."
        yield Finding("claim_long", Severity.WARNING, message, theme.id, "Cut it to what must be remembered.")
    if theme.category is Category.MOTIVATION and not theme.twist:
        message = f"{_name(theme)} has no twist that only you could tell."
        fix = "Add why it is yours: anybody can care about a mission."
        yield Finding("twist_missing", Severity.WARNING, message, theme.id, fix)


def _evidence(theme: Theme, plan: Plan, posting: Posting | None) -> Iterator[Finding]:
    notes = {note.id for note in plan.culture_notes}
    if not theme.evidence:
        fix = "Cite the line of the posting that it answers, such as 12 or 7a."
        yield Finding("evidence_missing", Severity.GAP, f"{_name(theme)} answers nothing they ask for.", theme.id, fix)
    for ref in theme.evidence if posting is not None else ():
        line = posting.line(ref) if posting is not None else None
        if line is None and ref not in notes:
            message = f"{_name(theme)} cites “{ref}”, which is no line of the posting and no culture note."
            yield Finding("evidence_unknown", Severity.GAP, message, theme.id, "Correct the reference.")
        elif line is not None and line.section in (Section.BENEFITS, Section.OTHER):
            message = f"{_name(theme)} cites line {ref}, which is about {line.section.label.lower()}."
            yield Finding("evidence_boilerplate", Severity.WARNING, message, theme.id, "Cite what they need instead.")
    if theme.category is Category.FIT and not notes.intersection(theme.evidence):
        message = f"{_name(theme)} is not researched: no culture note stands behind it."
        fix = "Ask a current or former employee or a vendor for the story of a recent project or meeting."
        yield Finding("fit_not_researched", Severity.WARNING, message, theme.id, fix)


def _stories(theme: Theme, coverage: Coverage) -> Iterator[Finding]:
    if theme.id not in coverage.ratings.columns:
        return
    backing = coverage.backing(theme.id)
    settled = int((coverage.settled[theme.id] > 0).sum())
    if not backing:
        message = f"{_name(theme)} is only a claim: no story carries it."
        yield Finding(
            "story_none", Severity.GAP, message, theme.id, "Find two stories that show it, or drop the theme."
        )
    elif len(backing) < ENOUGH:
        message = f"{_name(theme)} rests on one story, {backing[0]}."
        fix = f"Find a second story that shows {_name(theme)}."
        yield Finding("story_single", Severity.GAP, message, theme.id, fix)
    elif settled < ENOUGH:
        count = "1 settled story" if settled == 1 else f"{settled} settled stories"
        message = f"{_name(theme)} has {count}; the others are suggestions."
        fix = "Rate the suggested stories of this theme yourself."
        yield Finding("story_unsettled", Severity.WARNING, message, theme.id, fix)
    elif (coverage.settled[theme.id] < 2).all():
        message = f"{_name(theme)} is carried by no story strongly."
        yield Finding("no_strong_story", Severity.WARNING, message, theme.id, "Look for a story that shows it plainly.")


def _open_ratings(plan: Plan, coverage: Coverage) -> Iterator[Finding]:
    count = int((~coverage.decided).to_numpy().sum())
    if plan.themes and count:
        message = f"{count} rating{'s are' if count != 1 else ' is'} only suggested, by tags and words."
        fix = f"Settle the {count} open rating{'s' * (count != 1)}: 0 none, 1 partial, 2 strong."
        yield Finding("rating_open", Severity.HINT, message, "plan", fix)


def _same_claims(themes: tuple[Theme, ...]) -> Iterator[Finding]:
    words = [set(stems(theme.claim)) for theme in themes]
    for later in range(len(themes)):
        for earlier in range(later):
            shared = words[earlier] & words[later]
            if shared and len(shared) >= 0.7 * min(len(words[earlier]), len(words[later])):
                message = f"{_name(themes[later])} says much the same as {_name(themes[earlier])}."
                yield Finding("claim_repeated", Severity.WARNING, message, themes[later].id, "Make them one theme.")


def _wording(plan: Plan, employer: str, language: str) -> Iterator[Finding]:
    texts = [(theme.id, text) for theme in plan.themes for text in (theme.claim, theme.twist, theme.proof)]
    texts += [
        (bridge.id, text)
        for bridge in plan.bridges
        for text in (bridge.theme_first, bridge.in_one_breath, bridge.back_to_role)
    ]
    unread = False
    for where, text in texts:
        for found in check_wording(text, employer, language):
            if found.code == "not_checked":
                unread = True
                continue
            quoted = f"“{shorten(found.span, LONGEST_SPAN, placeholder=' …')}” "
            message = found.reason if found.reason.startswith("“") else quoted + found.reason  # which quotes it, too
            yield Finding(f"wording_{found.code}", Severity.WARNING, message, where, found.turn)
    if unread:
        message = "The wording of the themes was not checked: that is done for English only."
        fix = "Ask yourself of each sentence who benefits, they or you."
        yield Finding("wording_not_checked", Severity.HINT, message, "plan", fix)


def _case(case: AdvocatesCase) -> Iterator[Finding]:
    for part in case.parts:
        if part.claim and not part.proof:
            fix = "Complete the result of a story that carries it, or write the proof into the plan."
            message = f"The theme {part.theme} has no proof for the case: no settled story with a result carries it."
            yield Finding("proof_missing", Severity.WARNING, message, part.theme, fix)
    seconds = f"The case takes {case.seconds:.0f} seconds to say; an interviewer has 20 to 30."
    if case.seconds > LONGEST_SECONDS:
        yield Finding("case_long", Severity.WARNING, seconds, "plan", " ".join(case.fitting[1:3]))
    elif case.seconds < SHORTEST_SECONDS and case.parts and not any(not part.proof for part in case.parts):
        yield Finding("case_short", Severity.HINT, seconds, "plan", "Add a figure or a proof where it counts most.")


def _bridges(plan: Plan, stories: StoryInventory, questions: Collection[str]) -> Iterator[Finding]:
    for bridge in plan.bridges:
        if questions and not bridge.question and bridge.id not in questions:
            message = f"The bridge {bridge.id!r} belongs to no question: there is none of that id, and no words."
            fix = f"Correct the id, or add the words under “question:”.{did_you_mean(bridge.id, questions)}"
            yield Finding("bridge_unknown", Severity.WARNING, message, bridge.id, fix)
        if bridge.story not in stories.ids or plan.theme(bridge.theme) is None:
            gone = f"the story {bridge.story!r}" if bridge.story not in stories.ids else f"the theme {bridge.theme!r}"
            message = f"The bridge {bridge.id!r} needs {gone}, which is no longer there."
            yield Finding("bridge_lost", Severity.WARNING, message, bridge.id, "Correct the id or remove the bridge.")


def _tags(plan: Plan, stories: StoryInventory, coverage: Coverage | None) -> Iterator[Finding]:
    shipped = [entry.id for entry in competencies()]
    settled = coverage.settled if coverage is not None and plan.themes else None
    carrying = set(settled.index[(settled > 0).any(axis=1)]) if settled is not None else set()
    for story in stories:
        for tag in story.competencies:
            near = get_close_matches(tag, shipped, n=1, cutoff=0.85) if tag not in shipped else []
            if near:
                message = f"The story {story.id} is tagged “{tag}”, which is not on the shipped list."
                fix = f"Correct it, or leave it if it is a tag of your own.{did_you_mean(tag, near)}"
                yield Finding("tag_unknown", Severity.WARNING, message, story.id, fix)
        if story.id in carrying and not story.competencies:
            message = f"The story {story.id} carries a theme and has no tags, so questions find it by its words only."
            fix = "Write into “competencies” what it shows, such as leading-people; tag what is true, not what helps."
            yield Finding("story_untagged", Severity.HINT, message, story.id, fix)


def _ratings(plan: Plan, stories: StoryInventory) -> Iterator[Finding]:
    known = {theme.id for theme in plan.themes}
    for story in plan.ratings:
        if story not in stories.ids:
            message = f"The plan rates a story {story!r}, which is not in the inventory."
            yield Finding(
                "rating_unknown_story", Severity.WARNING, message, story, "Correct its id or remove the ratings."
            )
    for theme in dict.fromkeys(name for row in plan.ratings.values() for name in row if name not in known):
        message = f"The plan has ratings for a theme {theme!r} that it does not have."
        near = did_you_mean(theme, known)
        fix = f"Correct the id, or leave them for later.{near}"
        yield Finding("rating_unknown_theme", Severity.WARNING, message, theme, fix)


def _incomplete(plan: Plan, stories: StoryInventory, coverage: Coverage | None) -> Iterator[Finding]:
    if coverage is None or not plan.themes:
        return
    used = set(coverage.ratings.index[(coverage.settled == 2).any(axis=1)])
    for story in stories:
        if story.id in used and not story.complete:
            title = f"“{shorten(story.title, 60, placeholder=' …')}”"
            message = f"The story {title} carries a theme strongly. {' '.join(story.gaps)}"
            fix = f"Complete the story {title}."
            yield Finding("story_incomplete", Severity.WARNING, message, story.id, fix)
