"""A text encoder of four hundred weights, written here; nothing is fetched."""

import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from labelassemble.errors import ModelError
from labelassemble.model.build import add_class, build_network
from labelassemble.model.text_vectors import text_vectors
from labelassemble.settings import ModelSettings

WORDS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "pleural", "effusion", "mass", "lung")


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    transformers = pytest.importorskip("transformers", reason="needs the extra hf: transformers")
    folder = tmp_path_factory.mktemp("encoder")
    words = {word: number for number, word in enumerate(WORDS)}
    transformers.BertTokenizerFast(vocab=words).save_pretrained(folder)
    config = transformers.BertConfig(
        vocab_size=len(WORDS),
        hidden_size=12,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=8,
        max_position_embeddings=16,
    )
    with torch.random.fork_rng():
        torch.manual_seed(0)
        transformers.BertModel(config).save_pretrained(folder)
    return folder


def test_vectors_come_from_the_encoder_and_are_always_the_same(
    encoder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    state = torch.get_rng_state()
    names = ("pleural_effusion", "lung_mass", "mass")
    vectors = text_vectors(encoder, names, 20)
    assert torch.equal(state, torch.get_rng_state())
    assert vectors.shape == (3, 20)
    torch.testing.assert_close(vectors.mean(dim=1), torch.zeros(3), atol=1e-6, rtol=0.0)
    torch.testing.assert_close(vectors.square().mean(dim=1), torch.ones(3))
    assert capfd.readouterr().err == ""
    # A name's vector does not depend on the others.
    assert torch.equal(text_vectors(encoder, names[1:], 20), vectors[1:])
    assert not torch.allclose(vectors[1], vectors[2])
    # Against the encoder itself: the mean of its last states, then one matrix for all names.
    transformers = pytest.importorskip("transformers")
    tokens = torch.tensor([[2, 7, 6, 3]])  # [CLS] lung mass [SEP]
    with torch.no_grad():
        model = transformers.AutoModel.from_pretrained(encoder).eval()
        hidden = model(input_ids=tokens).last_hidden_state[0].mean(dim=0)
    projection = torch.randn(12, 20, generator=torch.Generator().manual_seed(0))
    expected = hidden @ projection
    expected = (expected - expected.mean()) / expected.std(correction=0)
    torch.testing.assert_close(vectors[1], expected)


def test_networks_start_from_it_and_classes_are_added_from_it(encoder: Path) -> None:
    settings = ModelSettings(
        backbone="small", query_features=16, adapter_hidden=8, query_start=f"hf:{encoder}"
    )
    network = build_network(settings, "label-assemble", ["mass"], seed=0)
    add_class(network, "pleural_effusion")
    expected = text_vectors(encoder, ("mass", "pleural_effusion"), 16)
    # A batch of another size may round otherwise.
    assert torch.allclose(network.state_dict()["head.queries.query"], expected, atol=1e-5)


def test_no_folder_and_no_encoder_are_told(encoder: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no such folder"):
        text_vectors(tmp_path / "gone", ("mass",), 8)
    with pytest.raises(ModelError, match="a file"):
        text_vectors(encoder / "config.json", ("mass",), 8)
    with pytest.raises(ModelError, match="transformers cannot use it"):
        text_vectors(tmp_path, ("mass",), 8)


def test_an_encoder_that_would_be_partly_random_is_refused(encoder: Path, tmp_path: Path) -> None:
    for file in encoder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    weights = load_file(encoder / "model.safetensors")
    kept = {name: value for name, value in weights.items() if "attention" not in name}
    save_file(kept, tmp_path / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ModelError, match=r"weights are missing: encoder\.layer"):
        text_vectors(tmp_path, ("mass",), 8)


def test_without_transformers_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(ModelError, match=r"labelassemble\[hf\]"):
        text_vectors(tmp_path, ("mass",), 8)
