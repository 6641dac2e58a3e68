"""When signing keys are made, sign and go, with a simulated clock."""

from auth_service.tokens import signing_keys
from auth_service.tokens.signing_keys import ANNOUNCED_FOR_US, SigningKey
from shared.identity.tokens import KEYS_POLL_SECONDS, LEEWAY_SECONDS
from shared.time.clock import MICROSECONDS

START = 1_700_000_000 * MICROSECONDS
HOUR = 3600 * MICROSECONDS
ROTATION = 10 * HOUR
LIFE = 900 * MICROSECONDS
TICK = 20 * MICROSECONDS


def run(until: int) -> list[tuple[int, list[SigningKey]]]:
    """The published keys at every tick."""
    keys: list[SigningKey] = []
    history = []
    for now in range(START, until, TICK):
        starts = signing_keys.next_start(keys, now, ROTATION)
        if starts is not None:
            keys = [*keys, signing_keys.generate(starts)]
        gone = signing_keys.retired(keys, now, LIFE)
        keys = [key for key in keys if key not in gone]
        history.append((now, keys))
    return history


def test_a_bank_without_keys_makes_one_that_signs_at_once() -> None:
    assert signing_keys.next_start([], START, ROTATION) == START


def test_keys_change_on_schedule_and_every_token_stays_verifiable_until_it_expires() -> None:
    history = run(START + 35 * HOUR)
    signers = {now: signing_keys.current(keys, now).kid for now, keys in history}
    assert len(set(signers.values())) == 4
    published = {now: {key.kid for key in keys} for now, keys in history}
    life_with_leeway = LIFE + LEEWAY_SECONDS * MICROSECONDS
    for now, kid in signers.items():
        later = min(now + life_with_leeway // TICK * TICK, history[-1][0])
        assert all(kid in published[instant] for instant in range(now, later, TICK * 9))


def test_a_key_is_published_before_it_signs_for_longer_than_services_keep_a_key_set() -> None:
    first_seen: dict[str, int] = {}
    for now, keys in run(START + 25 * HOUR):
        for key in keys:
            first_seen.setdefault(key.kid, now)
            if key.signs_from > START:
                assert key.signs_from - first_seen[key.kid] > KEYS_POLL_SECONDS * MICROSECONDS


def test_old_private_keys_do_not_pile_up() -> None:
    assert max(len(keys) for _, keys in run(START + 50 * HOUR)) == 2


def test_after_a_long_rest_the_old_key_signs_until_the_new_one_is_known() -> None:
    old = signing_keys.generate(START)
    now = START + 100 * HOUR
    starts = signing_keys.next_start([old], now, ROTATION)
    assert starts == now + ANNOUNCED_FOR_US
    assert signing_keys.current([old, signing_keys.generate(starts)], now) == old


def test_a_keys_private_half_is_never_shown_by_accident() -> None:
    key = signing_keys.generate(START)
    assert key.private_key not in repr(key)
    assert "d" not in signing_keys.public_jwk(key)
