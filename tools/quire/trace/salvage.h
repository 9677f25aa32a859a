/* SPDX-License-Identifier: MIT */
/*
 * salvage.h - a trace.dat that was cut short, made readable again.
 */
#ifndef QUIRE_TOOLS_TRACE_SALVAGE_H
#define QUIRE_TOOLS_TRACE_SALVAGE_H

/**
 * salvage() - if @fd is a version 7 trace.dat cut inside its compressed events,
 * make a copy that ends where the last whole piece of them does.
 *
 * Return: a memfd that holds the copy; -ENODATA when the file is whole, or cut
 * where no event is left, or of another version (open @fd itself then);
 * another -errno when the copy fails. O(bytes of the file).
 */
int salvage(int fd);

#endif /* QUIRE_TOOLS_TRACE_SALVAGE_H */
