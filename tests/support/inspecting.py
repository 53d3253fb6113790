"""Evaluates tasks of Inspect with its mock model, in a process of its own: `inspecting.py ASKED TOLD`, two JSON files.

Inspect leaves unclosed streams, deprecated calls and handlers of the root logger behind, which pytest would take for
ours.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path


def evaluated(folder: Path, env: dict[str, str], replies: dict[str, str], tasks: list[tuple[str, dict]]) -> list[dict]:
    """The log of each of `tasks` (name, arguments) with what the model was sent, or the `refusal` in its place.

    The model replies to each text as `replies` says, and to any other in words.
    """
    (asked := folder / "asked.json").write_text(json.dumps({"replies": replies, "tasks": tasks}))
    told = folder / "told.json"
    done = subprocess.run([sys.executable, __file__, asked, told], env=env, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(told.read_text())


def main(asked: Path, told: Path) -> None:
    given = json.loads(asked.read_text())
    told.write_text(json.dumps([_evaluated(given["replies"], *each) for each in given["tasks"]]))


def _evaluated(replies: dict[str, str], task: str, arguments: dict) -> dict:
    import inspect_ai
    from inspect_ai._util.error import PrerequisiteError
    from inspect_ai.model import ModelOutput, ModelUsage, get_model
    from optwright.agent.bench import inspect_tasks

    sent = []

    def output(messages, *_):
        sent.append([{"role": message.role, "text": message.text} for message in messages])
        text = next((reply for text, reply in replies.items() if text in messages[-1].text), "I cannot do that.")
        usage = ModelUsage(input_tokens=100, output_tokens=10, total_tokens=110)  # counting them needs the network
        return ModelOutput.from_content("mockllm", text).model_copy(update={"usage": usage})

    model = get_model("mockllm/model", custom_outputs=output, memoize=False)
    try:
        [log] = inspect_ai.eval(task, task_args=arguments, model=model, display="none")
    except PrerequisiteError as error:
        return {"refusal": error.message}
    return {**log.model_dump(mode="json"), "sent": sent, "sandboxes": len(inspect_tasks._POOLS)}


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
