"""Adding up movements: nothing is lost between categories, months and the whole."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from reporting_service.reports import summaries
from reporting_service.reports.summaries import Group

EPOCH = date(1970, 1, 1)


def group(day: str = "2026-11-20", *, income: int = 0, expense: int = 0, **facts: object) -> Group:
    """A group of one movement."""
    named = {"type": "transfer", "category": None, "currency": "EUR", "internal_minor": 0, "count": 1, **facts}
    number = (date.fromisoformat(day) - EPOCH).days
    return Group(day=number, income_minor=income, expense_minor=expense, **named)  # type: ignore[arg-type]


def test_what_has_no_category_goes_by_its_type() -> None:
    rows = summaries.categories([group(income=5, type="deposit"), group(expense=3, category="rent")], "EUR")
    assert [row["category"] for row in rows] == ["deposit", "rent"]


def test_a_month_holds_its_own_categories() -> None:
    groups = [
        group("2026-10-31", expense=100, category="rent"),
        group("2026-11-01", expense=250, category="rent"),
        group("2026-11-30", income=900, category="wages"),
    ]
    october, november = summaries.months(groups, "EUR")
    assert (october["month"], october["expense"], october["net"]) == ("2026-10", "1.00", "-1.00")
    assert [row["category"] for row in november["categories"]] == ["wages", "rent"]
    assert (november["income"], november["expense"], november["net"]) == ("9.00", "2.50", "6.50")


def test_a_payment_that_somebody_calls_an_opening_is_an_expense_like_any_other() -> None:
    """A category is free text: only a deposit of that name is what an account began with."""
    began = group(income=1_000, type="deposit", category="opening")
    paid = group(expense=400, category="opening")
    added = summaries.total([began, paid])
    assert (added.income_minor, added.expense_minor, added.opening_minor) == (0, 400, 1_000)
    assert [row["category"] for row in summaries.categories([began, paid], "EUR")] == ["opening"]


def test_the_trend_ends_each_day_with_what_is_left() -> None:
    groups = [group("2026-11-02", expense=30), group("2026-11-01", income=100), group("2026-11-02", expense=20)]
    points = summaries.trend(groups, "EUR", opening_minor=5)
    assert points == [{"date": "2026-11-01", "balance": "1.05"}, {"date": "2026-11-02", "balance": "0.55"}]


groups = st.lists(
    st.builds(
        Group,
        day=st.integers(0, 40_000),
        type=st.sampled_from(["deposit", "transfer"]),
        category=st.sampled_from([None, "rent", "food"]),
        currency=st.just("EUR"),
        income_minor=st.integers(0, 10**12),
        expense_minor=st.integers(0, 10**12),
        internal_minor=st.integers(0, 10**12),
        count=st.integers(1, 50),
    ),
    max_size=30,
)


@given(groups)
def test_every_way_of_grouping_adds_up_to_the_same(some: list[Group]) -> None:
    whole = summaries.total(some)
    for sums in (
        summaries.by(some, lambda one: one.label),
        summaries.by(some, lambda one: one.type),
        {month: summaries.total(rows) for month, rows in summaries.by_month(some).items()},
    ):
        added = list(sums.values())
        assert sum(one.income_minor for one in added) == whole.income_minor
        assert sum(one.expense_minor for one in added) == whole.expense_minor
        assert sum(one.count for one in added) == whole.count


def test_what_an_account_began_with_is_no_income() -> None:
    groups = [
        group(income=100_000, category="opening", type="deposit", income_count=1),
        group(income=300, category="wages", income_count=1),
        group(expense=120, category="rent"),
    ]
    added = summaries.total(groups)
    assert (added.income_minor, added.expense_minor, added.opening_minor) == (300, 120, 100_000)
    assert (added.count, added.income_count, added.expense_count) == (3, 1, 1)
    assert [row["category"] for row in summaries.categories(groups, "EUR")] == ["wages", "rent"]
    assert summaries.trend(groups, "EUR", 0)[-1]["balance"] == "1001.80"
