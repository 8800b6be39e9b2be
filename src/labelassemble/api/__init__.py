"""The door for Python: what ``import labelassemble as la`` gives that no stage has by itself."""
