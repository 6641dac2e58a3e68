"""What `kubectl kustomize` prints of a folder, for the few features that deploy/kubernetes uses; refuses any other.

Read are `resources` (files and folders) and `patches` with a `target` (kind, name, labels) whose content is a list of
JSON patches (RFC 6902), in a file below the folder or in place. kustomize itself cannot be installed everywhere.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonpatch
import yaml

Resource = dict[str, Any]
FILE_NAME = "kustomization.yaml"
_HEAD = {"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization"}


def rendered(folder: Path) -> list[Resource]:
    """The resources that the kustomization of this folder comes to, patched, in the order in which they are named.

    Raises ValueError for what kustomize would refuse, and for what this does not read.
    """
    said = yaml.safe_load((folder / FILE_NAME).read_text())
    rest = {name: value for name, value in said.items() if name not in ("resources", "patches")}
    if rest != _HEAD:
        message = f"{folder / FILE_NAME} has more than resources and patches: {sorted(rest)}"
        raise ValueError(message)
    found = [resource for name in said["resources"] for resource in _resources(folder / name)]
    ids = [_id(resource) for resource in found]
    if len(set(ids)) != len(ids):
        message = f"{folder} names a resource twice: {sorted(one for one in ids if ids.count(one) > 1)}"
        raise ValueError(message)
    for patch in said.get("patches", ()):
        _apply(folder, patch, found)
    return found


def documents(path: Path) -> Iterator[Resource]:
    """Each document of a file."""
    for document in yaml.safe_load_all(path.read_text()):
        if document is not None:
            yield document


def _resources(path: Path) -> list[Resource]:
    return rendered(path) if path.is_dir() else list(documents(path))


def _id(resource: Resource) -> tuple[str, str, str]:
    metadata = resource["metadata"]
    return resource["kind"], metadata.get("namespace", ""), metadata["name"]


def _apply(folder: Path, patch: dict[str, Any], resources: list[Resource]) -> None:
    """Change each resource that the patch is for. Raises ValueError when there is none, which kustomize overlooks."""
    if patch.keys() not in ({"path", "target"}, {"patch", "target"}):
        message = f"a patch in {folder} is no JSON patch with a target: {sorted(patch)}"
        raise ValueError(message)
    if "path" in patch:
        path = (folder / patch["path"]).resolve()
        if not path.is_relative_to(folder.resolve()):
            message = f"{patch['path']} is not below {folder}: kustomize does not read it"
            raise ValueError(message)
        operations = yaml.safe_load(path.read_text())
    else:
        operations = yaml.safe_load(patch["patch"])
    wanted = [number for number, resource in enumerate(resources) if _is_meant(resource, patch["target"])]
    if not wanted:
        message = f"a patch in {folder} is for nothing: {patch['target']}"
        raise ValueError(message)
    for number in wanted:
        resources[number] = jsonpatch.JsonPatch(operations).apply(resources[number])


def _is_meant(resource: Resource, target: dict[str, str]) -> bool:
    """kustomize reads names as patterns; here they are names."""
    if not target or target.keys() - {"kind", "name", "labelSelector"}:
        message = f"{target} is no target that is read here"
        raise ValueError(message)
    labels = resource["metadata"].get("labels", {})
    selected = [part.split("=") for part in filter(None, target.get("labelSelector", "").split(","))]
    return (
        target.get("kind") in (None, resource["kind"])
        and target.get("name") in (None, resource["metadata"]["name"])
        and all(labels.get(name) == value for name, value in selected)
    )
