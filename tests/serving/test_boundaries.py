import subprocess
import sys

PROGRAM = """
import sys
import serving.engine, serving.bundle, serving.prior, serving.client, serving.stores.sqlite
print(sorted({name.partition('.')[0] for name in sys.modules}
      & {'django', 'torch', 'metaedu_plugin', 'celery', 'scipy', 'sklearn', 'onnx', 'redis', 'granian', 'pyarrow'}))
"""


def test_the_engine_loads_nothing_that_an_lms_process_should_not_have() -> None:
    told = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"
