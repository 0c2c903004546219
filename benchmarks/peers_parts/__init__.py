"""The parts of `benchmarks.peers`.

`environments` makes each peer's own, `sets`, `generated` and `folders` draw the tasks, `cells` runs and keeps one tool
on one task, `schedule` says which come next, `scores`, `comparison` and `report` say what the cells came to. The
`*_cell` modules are what runs in a process of its own; those of peers import nothing of Podium but `peer_side`.
"""
