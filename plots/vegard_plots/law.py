# SPDX-License-Identifier: Apache-2.0
"""Pictures of a law: its curves, the errors against the number of terms, each particle."""

from .law_curves import errors_figure, law_figure
from .law_maps import particle_figure
from .law_terms import terms_figure
from .reading import groups, number, text

FORMAT = "vegard-law"
VERSION = 2


def pictures(file):
    """Yields (name, Figure) for an open law: `law`, `errors`, `terms`, then each particle."""
    models = groups(file, "models")
    selected = text(file.attrs.get("selected_model")) or max(models, default="law")
    yield "law", law_figure(file, models, selected)
    members = {name: groups(model, ".") for name, model in models.items()}
    errors = {name: member["errors"] for name, member in members.items() if "errors" in member}
    figure = errors_figure(errors, selected, number(file.attrs.get("selected_terms")))
    if figure:
        yield "errors", figure
    if selected in errors:
        figure = terms_figure(errors[selected], selected, number(file.attrs.get("selected_terms")))
        if figure:
            yield "terms", figure
    for name, particle in groups(file, "particles").items():
        figure = particle_figure(particle)
        if figure:
            yield name, figure
