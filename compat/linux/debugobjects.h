/* SPDX-License-Identifier: MIT */
/* debugobjects.h - the life of objects is not followed: as Linux with CONFIG_DEBUG_OBJECTS off. */
#ifndef COMPAT_LINUX_DEBUGOBJECTS_H
#define COMPAT_LINUX_DEBUGOBJECTS_H

#include "../surface/base.h"

enum debug_obj_state {
	ODEBUG_STATE_NONE,
	ODEBUG_STATE_INIT,
	ODEBUG_STATE_INACTIVE,
	ODEBUG_STATE_ACTIVE,
	ODEBUG_STATE_DESTROYED,
	ODEBUG_STATE_NOTAVAILABLE,
	ODEBUG_STATE_MAX,
};

/** struct debug_obj_descr - what a client says of its kind of objects; nothing here calls it. */
struct debug_obj_descr {
	const char *name;
	void *(*debug_hint)(void *addr);
	bool (*is_static_object)(void *addr);
	bool (*fixup_init)(void *addr, enum debug_obj_state state);
	bool (*fixup_activate)(void *addr, enum debug_obj_state state);
	bool (*fixup_destroy)(void *addr, enum debug_obj_state state);
	bool (*fixup_free)(void *addr, enum debug_obj_state state);
	bool (*fixup_assert_init)(void *addr, enum debug_obj_state state);
};

#define debug_object_init(addr, descr)		((void)(addr), (void)(descr))
#define debug_object_init_on_stack(addr, descr) ((void)(addr), (void)(descr))
#define debug_object_activate(addr, descr)	((void)(addr), (void)(descr), 0)
#define debug_object_deactivate(addr, descr)	((void)(addr), (void)(descr))
#define debug_object_destroy(addr, descr)	((void)(addr), (void)(descr))
#define debug_object_free(addr, descr)		((void)(addr), (void)(descr))
#define debug_object_assert_init(addr, descr)	((void)(addr), (void)(descr))
#define debug_check_no_obj_freed(addr, size)	((void)(addr), (void)(size))

#endif /* COMPAT_LINUX_DEBUGOBJECTS_H */
