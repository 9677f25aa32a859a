#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What `quire test` compiles, with which names and flags, and what it says of what it cannot."""
import os
import shutil
import subprocess
import tempfile
import unittest

QUIRE = os.environ['QUIRE']
COMPILERS = [cc for cc in ('gcc', 'clang') if shutil.which(cc)]
# Compiling is what is looked at; the C library's headers are many.
QUICK = '--no-sanitize', '-O0'
MODULE = '''
static int __init start(void) { return 0; }
module_init(start);
'''
SUITE = '''
static struct kunit_case cases[] = { KUNIT_CASE(a), {} };
static struct kunit_suite suite = { .name = "r", .test_cases = cases };
kunit_test_suite(suite);
'''


class Built(unittest.TestCase):
    """Sources are written into a folder, by name, and given to `quire test`."""

    def setUp(self):
        self.dir = tempfile.TemporaryDirectory()
        self.addCleanup(self.dir.cleanup)

    def write(self, name, text):
        path = os.path.join(self.dir.name, name)
        with open(path, 'w', encoding='utf-8') as file:
            file.write(text)
        return path

    def build(self, sources, *options, status=0, **env):
        """@sources: a name each, and its text."""
        paths = [self.write(name, text) for name, text in sources.items()]
        done = subprocess.run([QUIRE, 'test', *QUICK, *options, *paths], capture_output=True,
                              text=True, check=False, timeout=300, env={**os.environ, **env})
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done

    def silent(self, sources, *options):
        for cc in COMPILERS:
            with self.subTest(cc=cc):
                self.assertEqual(self.build(sources, '--cc', cc, *options).stderr, '')


class Headers(Built):
    def test_byte_order(self):
        check = '''
            #include <asm/byteorder.h>
            #if defined(__BIG_ENDIAN) || defined(__BIG_ENDIAN_BITFIELD)
            #error "two orders"
            #endif
            #if !defined(__LITTLE_ENDIAN) || !defined(__LITTLE_ENDIAN_BITFIELD)
            #error "no order"
            #endif
        '''
        # What the C library's own headers make of it.
        order = '''
            #if __BYTE_ORDER != __LITTLE_ENDIAN || __BYTE_ORDER == __BIG_ENDIAN
            #error "the order of the C library"
            #endif
        '''
        sources = {}
        for i, header in enumerate(('endian.h', 'sys/param.h', 'netinet/in.h', 'netinet/ip.h',
                                    'byteswap.h', 'linux/perf_event.h')):
            include = f'#include <{header}>\n'
            kernel = '#include <linux/module.h>\n'
            sources[f'before{i}.c'] = include + kernel + check + order
            sources[f'behind{i}.c'] = kernel + check + include + check + order
        sources['module.c'] = '#include <linux/module.h>' + MODULE
        self.silent(sources)

    def test_files_leave_their_names_to_drivers(self):
        driver = """
            #include <linux/module.h>
            #include <linux/fs.h>
            #include <linux/cdev.h>
            static int open(struct inode *inode, struct file *file)
            {
                return (file->f_flags & O_ACCMODE) == O_RDONLY && S_ISCHR(S_IFCHR | S_IRUGO);
            }
            static loff_t lseek(struct file *file, loff_t at, int whence)
            {
                return whence == SEEK_SET ? at : -EINVAL;
            }
            static int creat(int flags) { return flags & (O_NONBLOCK | O_CREAT | FASYNC); }
            static int mkdir(umode_t mode) { return mode & (S_IRUSR | S_IWUSR); }
            static const struct file_operations fops = { .open = open, .llseek = lseek };
            int use(void);
            int use(void) { return creat(1) + mkdir(2) + !fops.open; }
            """ + MODULE
        kernel = '#include <linux/fs.h>\n#include <linux/debugfs.h>\n'
        user = '#define _GNU_SOURCE\n#include <fcntl.h>\n#include <sys/stat.h>\n'
        program = """
            static_assert(S_IFMT == __S_IFMT && S_IFIFO == __S_IFIFO && S_IFCHR == __S_IFCHR &&
                          S_IFDIR == __S_IFDIR && S_IFBLK == __S_IFBLK && S_IFREG == __S_IFREG &&
                          S_IFLNK == __S_IFLNK && S_IFSOCK == __S_IFSOCK, "types");
            static_assert(S_ISFIFO(__S_IFIFO) && S_ISSOCK(__S_IFSOCK) && S_ISLNK(__S_IFLNK) &&
                          S_ISBLK(__S_IFBLK) && S_ISDIR(__S_IFDIR) && !S_ISDIR(__S_IFBLK), "is");
            static_assert(S_IRWXUGO == 0777 && S_IWUGO == 0222 && S_IXUGO == 0111, "modes");
            int PASTE(void);
            int PASTE(void)
            {
                struct stat st = { .st_mode = S_IFREG | S_IRUGO };
                struct f_owner_ex owner = { .type = F_OWNER_PID };
                struct flock lock = { .l_whence = SEEK_SET };
                int fd = open("/dev/null", O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_SYNC | O_TMPFILE);

                fcntl(fd, F_SETOWN_EX, &owner);
                fcntl(fd, F_SETLK, &lock);
                return fstat(fd, &st) || !S_ISREG(st.st_mode) || (st.st_mode & S_IALLUGO);
            }"""
        self.silent({'driver.c': driver,
                     'before.c': user + kernel + program.replace('PASTE', 'before'),
                     'behind.c': '#define _GNU_SOURCE\n' + kernel + user[20:] +
                                 program.replace('PASTE', 'behind')})

    def test_copies_to_what_is_not_initialised(self):
        self.silent({'a.c': """
            #include <linux/module.h>
            #include <linux/uaccess.h>
            struct request { int number; char text[20]; };
            long ioctl(void __user *arg);
            long ioctl(void __user *arg)
            {
                struct request r;
                int n, m;
                if (copy_from_user(&r, arg, sizeof(r)) || copy_from_user(&n, arg, 4))
                    return -EFAULT;
                if (__copy_from_user_inatomic(&m, arg, 4))
                    return -EFAULT;
                return r.number + n + m;
            }""" + MODULE}, '-O2')

    def test_noreturn_of_the_c_library(self):
        self.silent({'a.c': '#include <stdnoreturn.h>\n#include <kunit/test.h>\n'
                            '#include <linux/module.h>\n#include <linux/fs.h>\n' + MODULE})


class Warnings(Built):
    def test_what_the_kernel_does_not_warn_of(self):
        source = {'a.c': """
            #include <kunit/test.h>
            #include <linux/slab.h>
            struct packed { u8 a; u32 b; } __packed;
            static noinline void first(u32 *p) { *p = 1; }
            static noinline unsigned char second(const unsigned char *p) { return p[1]; }
            static void a(struct kunit *test)
            {
                struct packed packed;
                char small[4];
                int set = 5;
                set = second("text");
                first(&packed.b);
                snprintf(small, sizeof(small), "%d-%s", 100000, "more");
            }""" + SUITE}
        self.silent(source)
        self.silent(source, '-O2')
        for cc in COMPILERS:
            # The user's flags win; nor is a -Wno- told that the compiler does not know.
            said = self.build(source, '--cc', cc, '--cflag', '-Wpointer-sign').stderr
            self.assertIn('[-Wpointer-sign]', said)
            self.assertNotIn('unknown', said)
            self.assertNotIn('unrecognized', said)


class Missing(Built):
    def test_functions_without_a_declaration(self):
        sources = {
            'a.c': '#include <linux/fs.h>\n'
                   'int f(void) { return not_one(1) + not_two() + undone; }\n',
            'b.c': '#include <linux/fs.h>\nvoid not_three_of(int);\n'
                   'void g(void) { not_two(); not_one(2); not_two(); not(); not_three_of(1); }\n',
            'c.c': '#include <linux/module.h>' + MODULE}
        for cc in COMPILERS:
            for locale in 'C', 'C.UTF-8':
                said = self.build(sources, '--cc', cc, status=1, LC_ALL=locale).stderr
                self.assertTrue(said.endswith(
                    'c: does not compile, see above\nquire test: neither the sources nor Quire '
                    'declare: not_one, not_two, not\n'), said)
        # One for functions, one for headers.
        sources['c.c'] = '#include <linux/not_there.h>\n'
        said = self.build(sources, status=1).stderr
        self.assertRegex(said, '\nquire test: neither .* declare: not_one, not_two, not\n'
                               r'quire test: Quire has no linux/not_there.h \(named in c.c\)')


class Output(Built):
    def test_lost_results_are_a_failure(self):
        suite = '#include <kunit/test.h>\nstatic void a(struct kunit *test) {}' + SUITE
        module = ('#include <stdio.h>\n#include <linux/module.h>' +
                  MODULE.replace('return', 'printf("on\\n"); return'))
        for text, options in ((suite, ()), (suite, ('--list',)), (suite, ('--fail-nth',)),
                              (module, ())):
            path = self.write('a.c', text)
            with self.subTest(options=options), open('/dev/full', 'w', encoding='ascii') as full:
                done = subprocess.run([QUIRE, 'test', *QUICK, *options, path], stdout=full,
                                      stderr=subprocess.PIPE, text=True, check=False)
                self.assertEqual(done.returncode, 1)
                self.assertEqual(done.stderr, 'results are lost: standard output: '
                                              'No space left on device\n')


class Parameters(Built):
    def test_a_parameter_that_nobody_has(self):
        suite = '#include <kunit/test.h>\nstatic void a(struct kunit *test) {}' + SUITE
        done = self.build({'a.c': suite}, 'foo=1', status=2)
        self.assertEqual((done.stdout, done.stderr),
                         ('', 'foo=1: no module has a parameter of this name\n'))


class Reports(Built):
    def test_reference_counts_fail_a_case(self):
        text = """
            #include <kunit/test.h>
            #include <linux/refcount.h>
            static void a(struct kunit *test)
            {
                refcount_t r = REFCOUNT_INIT(1);
                if (refcount_dec_and_test(&r))
                    BODY;
            }""" + SUITE
        for body, title in (('refcount_dec(&r)', 'decrement hit 0; leaking memory'),
                            ('refcount_inc(&r)', 'addition on 0; use-after-free'),
                            ('refcount_sub_and_test(1, &r)', 'underflow; use-after-free')):
            out = self.build({'a.c': text.replace('BODY', '(void)' + body)}, status=1).stdout
            self.assertRegex(out, f'# a: reported: refcount_t: {title}.\n')
        self.build({'a.c': text.replace('BODY', 'WARN_ON(1)')})


class Names(Built):
    def test_a_module_has_its_name(self):
        text = """
            #define pr_fmt(fmt) KBUILD_MODNAME ": " fmt
            #include <kunit/test.h>
            #include <linux/module.h>
            static void a(struct kunit *test)
            {
                pr_info("%s\\n", KBUILD_BASENAME);
                KUNIT_EXPECT_STREQ(test, KBUILD_MODNAME, module_name(THIS_MODULE));
            }""" + SUITE
        for cc in COMPILERS:
            out = self.build({'my-ring,2.new.c': text}, '--cc', cc).stdout
            self.assertIn('    # my_ring_2_new: my_ring_2_new\n', out)
        for flags, line in ((('-DKBUILD_MODNAME="x"', '-DKBUILD_BASENAME="y"'), 'x: y'),
                            (('-D', 'KBUILD_MODNAME="x"'), 'x: a'),
                            (('-D', 'KBUILD_BASENAME="y"'), 'a: y')):
            self.assertIn(f'    # {line}\n', self.build({'a.c': text}, *flags).stdout)


if __name__ == '__main__':
    unittest.main()
