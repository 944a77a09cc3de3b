#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Follows README.md literally: each of its vegard commands on the files it names.

usage: readme.py VEGARD

The commands run in an empty directory that sees nothing of the checkout but examples/, with VEGARD
first on the path, in the README's order. What stands for the user's own cluster is left out.
"""

import os
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
LEFT_OUT = ("On a cluster", "See it at work", "Install", "")  # headings; "" is before the first
# As root Open MPI wants to hear that it is meant; two busy cores want polite ranks.
LAUNCH = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
          "OMPI_MCA_mpi_yield_when_idle": "1", "OMPI_MCA_rmaps_base_oversubscribe": "1"}


def commands(text):
    """The lines of the shell blocks in order, comments taken off."""
    found = []
    for section in re.split(r"^## ", text, flags=re.MULTILINE):
        heading = section.split("\n", 1)[0] if not section.startswith("# ") else ""
        if heading in LEFT_OUT:
            continue
        for block in re.findall(r"^```sh\n(.*?)^```", section, flags=re.MULTILINE | re.DOTALL):
            found += [line.split("  #")[0].strip() for line in block.splitlines() if line.strip()]
    return found


class ReadmeTest(unittest.TestCase):
    def test_every_command_of_the_readme_runs(self):
        lines = commands((TOP / "README.md").read_text())
        self.assertGreater(len(lines), 5)
        with tempfile.TemporaryDirectory() as place:
            (Path(place) / "examples").symlink_to(TOP / "examples")
            path = f"{Path(VEGARD).resolve().parent}:{os.environ['PATH']}"
            for line in lines:
                done = subprocess.run(line, shell=True, cwd=place, capture_output=True, text=True,
                                      env={**os.environ, **LAUNCH, "PATH": path}, check=False)
                self.assertEqual(done.returncode, 0, f"{line}\n{done.stdout}{done.stderr}")
                output = re.search(r" -o (\S+)", line)
                if output:
                    self.assertTrue((Path(place) / output[1]).exists(), line)


if __name__ == "__main__":
    VEGARD = sys.argv.pop(1)
    unittest.main()
