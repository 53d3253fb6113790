"""Evolution: programs, prompts and solutions that get better, with a language model or without one."""
