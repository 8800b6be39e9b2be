"""A key is made once, read by its owner alone, and makes HMAC-SHA256."""

import hashlib
import stat

import polars as pl
import pytest

from labelassemble.errors import SettingsError
from labelassemble.sources.id_key import open_id_key


def hmac_by_hand(key, message):
    """RFC 2104 for a key that is no longer than a block."""
    block = key.ljust(64, b"\0")
    inner = hashlib.sha256(bytes(one ^ 0x36 for one in block) + message).digest()
    return hashlib.sha256(bytes(one ^ 0x5C for one in block) + inner).hexdigest()


def test_a_hash_is_that_of_the_rfc(tmp_path):
    key = open_id_key(tmp_path / "new" / "ids.key", tmp_path / "out")
    assert (
        key.hide("PatientID", "Zoë 7") == hmac_by_hand(key.secret, "PatientID\0Zoë 7".encode())[:32]
    )
    ids = pl.Series(["b", None, "a", "b"])
    assert key.hide_all("x", ids).to_list() == [
        None if one is None else key.hide("x", one) for one in ids
    ]


def test_a_key_is_made_once_for_its_owner_alone(tmp_path):
    place = tmp_path / "ids.key"
    first = open_id_key(place, tmp_path / "out")
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    second = open_id_key(place, tmp_path / "out")
    assert (first.made, second.made) == (True, False)
    assert first.secret == second.secret
    assert first.secret.hex() not in repr(first)
    assert repr(first.secret) not in repr(first)


@pytest.mark.parametrize("text", ["", "password", "0" * 63, "g" * 64])
def test_what_is_no_key_is_refused(tmp_path, text):
    place = tmp_path / "ids.key"
    place.touch(0o600)
    place.write_text(text)
    with pytest.raises(SettingsError, match="64 hexadecimal digits"):
        open_id_key(place, tmp_path / "out")


def test_a_link_to_the_output_is_seen_through(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "safe").symlink_to(tmp_path / "out")
    with pytest.raises(SettingsError, match="outside the output folder"):
        open_id_key(tmp_path / "safe" / "ids.key", tmp_path / "out")
