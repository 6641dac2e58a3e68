"""Instances merged into a world's plan: pure, so that a world lives them alike however its time is cut into steps."""

import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from simulator_service.models import StoredScenario
from simulator_service.planning.planned_event import Event
from simulator_service.planning.planner import Planner
from simulator_service.scenarios.catalogue import BENIGN, BY_NAME
from simulator_service.scenarios.draft import Draft, Instance


@dataclass(frozen=True, slots=True)
class Story:
    """What happens because of an instance: `events` in order, and of what was planned, the ids of what does not."""

    instance: Instance
    events: tuple[Event, ...]
    dropped: frozenset[str]

    @property
    def label(self) -> str:
        """What a detector should say of each of its events."""
        return BENIGN if self.instance.is_benign else BY_NAME[self.instance.name].label

    @property
    def ends_us(self) -> int:
        """When the last of it happens."""
        return max((event.effective_at_us for event in self.events), default=self.instance.begins_us)

    @property
    def parties(self) -> list[str]:
        """Who takes part, by party id, in the order in which they come up."""
        sides = (side for event in self.events for side in (event.source, event.target) if side is not None)
        return list(dict.fromkeys(sides))


def instance_of(stored: StoredScenario) -> Instance:
    """What decides the events of a stored scenario."""
    return Instance(
        number=stored.number,
        name=stored.kind,
        is_benign=bool(stored.is_benign),
        seed=stored.seed,
        width=stored.width,
        begins_us=stored.begins_us,
    )


def story_of(planner: Planner, instance: Instance) -> Story:
    """Tell an instance. Raises TooFewPeopleError."""
    draft = Draft(planner.population, instance)
    BY_NAME[instance.name].tell(draft, planner.wages)
    ordered = sorted(draft.events, key=_in_order)
    return Story(instance, tuple(ordered), frozenset(draft.dropped))


def merged(planned: Sequence[Event], stories: Iterable[Story], from_us: int, until_us: int) -> list[Event]:
    """What happens from one instant up to another: what is planned there, changed by the stories, in order."""
    told = list(stories)
    if not told:
        return list(planned)
    dropped = frozenset().union(*(story.dropped for story in told))
    more = [event for story in told for event in story.events if from_us <= event.effective_at_us < until_us]
    kept = (event for event in planned if event.id not in dropped)
    return list(heapq.merge(kept, sorted(more, key=_in_order), key=_moment))


def _moment(event: Event) -> int:
    return event.effective_at_us


def _in_order(event: Event) -> tuple[int, str]:
    return event.effective_at_us, event.id
