/* SPDX-License-Identifier: MIT */
/*
 * kunit_services.h - what the KUnit runner and the start-up ask of each other.
 *
 * 1. main() is one archive member (main.c) for both kinds of client: a file that
 *    registers KUnit suites pulls in kunit_main.c, a file that has module_init() pulls
 *    in the module table. Both are weak here, so that a client gets what it uses.
 * 2. An isolated case runs in a child made by fork(). The machine of the parent is
 *    useless there (its frames may be shared with the parent), so that the child asks for a
 *    new one before it touches anything.
 */
#ifndef QUIRE_COMPAT_KUNIT_SERVICES_H
#define QUIRE_COMPAT_KUNIT_SERVICES_H

#include <stdbool.h>

/**
 * quire_startup_renew() - a new default machine, as the start-up makes it, for a child after
 * fork().
 *
 * The calling thread leaves the CPU it is on, the machine of before is forgotten (not
 * destroyed: the parent has it), so is every thread and work queue that ran on it; a
 * machine of the same settings is created and its CPU 0 entered. Defined by the start-up.
 * Context: the only thread of the process. Return: 0 or a negative errno, told on stderr.
 */
int quire_startup_renew(void);

/**
 * quire_faults() - failslab and fail_page_alloc of the settings begin, or end. A program with KUnit
 * suites has them while a case runs, another one from the start on. Defined by the start-up.
 */
void quire_faults(bool on);

/**
 * quire_kunit_main() - runs the registered suites as the command line says; the exit status.
 * Present when a client registers a suite.
 */
int quire_kunit_main(int argc, char **argv) __attribute__((weak));

/**
 * quire_module_main() - sets module parameters from NAME=VALUE arguments, runs every
 * module_init() in the order of registration, prints what each returned, runs backwards every
 * module_exit() of those that came up; the exit status. Present when a client has a module_init().
 */
int quire_module_main(int argc, char **argv) __attribute__((weak));

/**
 * quire_module_start(), quire_module_stop() - the two halves, for clients that have both suites
 * and module_init(): the runner calls them around the suites. Return of start: the first
 * negative return of an init, else 0.
 */
int quire_module_start(int argc, char **argv) __attribute__((weak));
void quire_module_stop(void) __attribute__((weak));

/** quire_kthreads_note() - remembers how many kthreads of each function run. */
void quire_kthreads_note(void) __attribute__((weak));
/**
 * quire_kthreads_check() - reports kthreads that were made since quire_kthreads_note() and run
 * still, as far as their function has more than it had then; those on their way to their end are
 * waited for. Present with kthreads.
 */
void quire_kthreads_check(void) __attribute__((weak));

/**
 * quire_timer_check(), quire_workqueue_check() - report a timer, a work item that was freed while
 * queued. Present with timers, and with work queues.
 */
void quire_timer_check(void) __attribute__((weak));
void quire_workqueue_check(void) __attribute__((weak));

/** quire_module_parameters() - the parameters alone. Return: 0 or a negative errno, told. */
int quire_module_parameters(int argc, char **argv) __attribute__((weak));

/**
 * quire_modules_give_back() - after the start: does each module have an exit that is to give back
 * what its init took, or an init that failed? false, too: there are no inits.
 */
bool quire_modules_give_back(void) __attribute__((weak));

/**
 * quire_modules_only() - main() of a client that has modules and no suites: watches them as
 * --strict and --leaks say; the exit status.
 */
int quire_modules_only(int argc, char **argv);

#endif /* QUIRE_COMPAT_KUNIT_SERVICES_H */
