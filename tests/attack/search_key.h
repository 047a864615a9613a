/* Keys the test does not know beforehand, told by what they do. */
#ifndef ATTACK_SEARCH_KEY_H
#define ATTACK_SEARCH_KEY_H

/* Exit codes. */
enum search_result { SEARCH_NOTHING = 0, SEARCH_FOUND = 1, SEARCH_FAILED = 2 };

/* Session keys: tries every 16 bytes of image keys as S-ENC on the first ReplaceSessionKeys
 * in image line, which wraps that PPK set (96 digits). Prints the key set around it as lines
 * of a file of secrets. SEARCH_FAILED also when there is no ReplaceSessionKeys. */
enum search_result search_unwrap(const char *ppk_digits, const char *line_path,
                                 const char *keys_path);
/* One-time private keys: tries every 32 bytes of image keys, in either order, as the scalar of
 * a one-time public key (5F49 41 ..) in image line. Prints each as a line of a file of secrets,
 * with the number of its public key. SEARCH_FAILED also when there is no public key. */
enum search_result search_scalar(const char *line_path, const char *keys_path);

#endif
