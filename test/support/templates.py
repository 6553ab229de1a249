"""Templates of other tools as JSON: `sam FILE BUCKET KEY` as SAM translates it, `terraform FOLDER` as it is parsed."""

import json
import pathlib
import sys

import hcl2
from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse


class NoManagedPolicies:
    def load(self):
        return {}


def sam(file, bucket, key):
    template = yaml_parse(pathlib.Path(file).read_text())
    # As `sam package` does with what is on this machine.
    template["Resources"]["TickFunction"]["Properties"]["CodeUri"] = {"Bucket": bucket, "Key": key}
    return transform(template, {}, NoManagedPolicies())


def terraform(folder):
    found = {}
    for file in sorted(pathlib.Path(folder).glob("*.tf")):
        with file.open() as opened:
            for kind, blocks in hcl2.load(opened).items():
                found.setdefault(kind, []).extend(blocks)
    return found


command, *arguments = sys.argv[1:]
print(json.dumps({"sam": sam, "terraform": terraform}[command](*arguments)))
