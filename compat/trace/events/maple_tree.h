/* SPDX-License-Identifier: MIT */
/* maple_tree.h - tracepoints that a client's maple tree passes; nobody listens. */
#ifndef COMPAT_TRACE_EVENTS_MAPLE_TREE_H
#define COMPAT_TRACE_EVENTS_MAPLE_TREE_H

#define trace_ma_op(fn, mas)		  ((void)(fn), (void)(mas))
#define trace_ma_read(fn, mas)		  ((void)(fn), (void)(mas))
#define trace_ma_write(fn, mas, piv, val) ((void)(fn), (void)(mas), (void)(piv), (void)(val))

#endif /* COMPAT_TRACE_EVENTS_MAPLE_TREE_H */
