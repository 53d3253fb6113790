"""What the trusted side loads: an import of optwright must stay cheap."""

import subprocess
import sys


def test_the_trusted_side_imports_no_solver():
    code = (
        "import sys, optwright.evaluators.perturb; print({'numpy', 'pyomo', 'highspy', 'pyscipopt'} & set(sys.modules))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout == "set()\n"
