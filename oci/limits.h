/* Every limit of the runtime, each with its reason. */
#ifndef OCI_LIMITS_H
#define OCI_LIMITS_H

/* A configuration. Those of Docker have 20 to 60 KB; the kernel takes arguments and environment of
 * 6 MiB at most in one exec, and JSON's escapes may double them. */
#define OCI_CONFIG_MAX (16u << 20)

/* /etc/passwd of an image, read for one home directory. */
#define OCI_PASSWD_MAX (1u << 20)

/* runc's state.json of one container. */
#define OCI_STATE_MAX (16u << 20)

/* A configuration file of an engine that `install` changes. */
#define OCI_ENGINE_CONFIG_MAX (1u << 20)

/* Linux' own limits: PATH_MAX, MAXSYMLINKS, NGROUPS_MAX. */
#define OCI_PATH_MAX 4096
#define OCI_LINKS_MAX 40
#define OCI_GROUPS_MAX 65536

/* Mounts of one bundle: `fs.mount-max` is 100,000 for a whole namespace, and each name of the
 * program's path is looked for in all of them. */
#define OCI_MOUNTS_MAX 10000

/* Up to so many, destinations behind symbolic links are looked up, each among all before it. */
#define OCI_MOUNTS_FEW 500

/* Where a descriptor that runc must find by number is put: above those that --preserve-fds and
 * socket activation count from 3, below the lowest common limit of 1024. */
#define OCI_HIGH_FD 512

#endif
