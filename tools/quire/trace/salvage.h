/* SPDX-License-Identifier: MIT */
/*
 * salvage.h - a trace.dat that was cut short, made readable again.
 */
#ifndef QUIRE_TOOLS_TRACE_SALVAGE_H
#define QUIRE_TOOLS_TRACE_SALVAGE_H

/**
 * salvage() - if @fd is a trace.dat cut inside its events, make a copy that ends
 * where the last whole piece of them does.
 *
 * Return: a memfd that holds the copy; -ENODATA when the file is whole, or cut
 * where no event is left, or of a form that does not tell (open @fd itself then);
 * another -errno when the copy fails. O(bytes of the file).
 */
int salvage(int fd);

#endif /* QUIRE_TOOLS_TRACE_SALVAGE_H */
