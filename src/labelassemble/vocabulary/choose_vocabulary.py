"""The one vocabulary of a recipe, named by it or by the manifests of its sources."""

from labelassemble.errors import SettingsError, some
from labelassemble.settings import Recipe
from labelassemble.sources.manifest_file import load_manifest
from labelassemble.sources.problems import Problems
from labelassemble.vocabulary.vocabulary import DEFAULT_VOCABULARY


def choose_vocabulary(recipe: Recipe) -> str:
    """Give the vocabulary that a recipe names, else the one that its sources' manifests name.

    Manifests that name none fit any; of manifests that cannot be read nothing is said here.

    Raises:
        SettingsError: the recipe names none, and its sources need several.
    """
    if recipe.vocabulary:
        return recipe.vocabulary
    named: dict[str, list[str]] = {}
    for source in recipe.sources:
        if name := _named_by(source.manifest):
            named.setdefault(name, []).append(source.name)
    if len(named) > 1:
        raise SettingsError(
            "sources of one vocabulary, where the recipe names none",
            "; ".join(f"{name} for {some(sources)}" for name, sources in named.items()),
            "Take sources of one region, or write a vocabulary with the classes of all and name it "
            "in the recipe: vocabulary = 'mine.toml'",
        )
    return next(iter(named), DEFAULT_VOCABULARY)


def _named_by(manifest: str) -> str:
    problems = Problems()
    loaded = problems.attempt(lambda: load_manifest(manifest, problems=problems))
    return loaded.vocabulary if loaded else ""
