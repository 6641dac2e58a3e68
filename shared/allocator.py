"""How glibc is to keep memory: what it is told by the environment that a process starts with.

Left to itself it makes heaps for threads, and puts ever larger buffers into them: once one of some size was freed, all
up to that size lie among the small things that stay, and leave holes there. Half an hour of pages and reports left more
than 10 MiB of holes in a service, and still more every minute. Other C libraries do not look at this.
"""

SETTINGS = {
    "MALLOC_ARENA_MAX": "2",
    "MALLOC_MMAP_THRESHOLD_": str(128 * 1024),
    "MALLOC_TRIM_THRESHOLD_": str(1024 * 1024),
}
"""So many heaps; a larger buffer (bytes) has pages of its own, which go when it does; and so much stays at the end of a
heap, as the next request wants it again.
"""
