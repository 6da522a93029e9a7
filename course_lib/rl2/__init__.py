"""RL²: an agent whose memory does the learning (notebooks 09 and 10).

The room's centre is `agent.py`; its names are the room's.
"""

from course_lib.rl2.agent import (
    Agent,
    Experience,
    agent_input,
    heads,
    init,
    rollout,
    sample,
)

__all__ = ["Agent", "Experience", "agent_input", "heads", "init", "rollout", "sample"]
