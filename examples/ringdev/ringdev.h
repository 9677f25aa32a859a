/* SPDX-License-Identifier: MIT */
/*
 * ringdev.h - a character-driver-like module: devices that are ring buffers.
 */
#ifndef RINGDEV_H
#define RINGDEV_H

#include <linux/types.h>

struct ringdev_file;

/* commands of ringdev_ioctl() */
enum ringdev_command {
	RINGDEV_RESIZE, /* argument: new size in bytes; unread bytes stay, if they fit */
	RINGDEV_CLEAR,	/* forget unread bytes */
	RINGDEV_UNREAD, /* returns how many bytes wait */
};

int ringdev_start(void);
void ringdev_stop(void);

int ringdev_add(unsigned int minor, size_t bytes);
int ringdev_remove(unsigned int minor);

struct ringdev_file *ringdev_open(unsigned int minor);
void ringdev_release(struct ringdev_file *file);
ssize_t ringdev_read(struct ringdev_file *file, char *to, size_t bytes);
ssize_t ringdev_write(struct ringdev_file *file, const char *from, size_t bytes);
long ringdev_ioctl(struct ringdev_file *file, enum ringdev_command command, unsigned long arg);

#endif /* RINGDEV_H */
