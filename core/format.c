// SPDX-License-Identifier: GPL-2.0-only
/* A small printf; core/format.h says what it knows. */
#include "core/format.h"
#include "core/string.h"

/* More than any line of this VMM; keeps sums of widths far from overflow */
#define FIELD_MAX	0xffff
#define NOT_GIVEN	(-1)

#define DIGITS_MAX	20	/* decimal digits of 2^64 - 1 */

enum arg_size {
	ARG_INT,
	ARG_LONG,
	ARG_LONG_LONG,
	ARG_SIZE,
};

/* struct spec - one conversion, taken apart */
struct spec {
	bool left;		/* - */
	bool zero;		/* 0 */
	bool alternate;		/* # */
	int width;		/* characters */
	int precision;		/* or NOT_GIVEN */
	enum arg_size size;
	char conversion;
};

/*
 * A va_list that can be handed on by address: where va_list is an array,
 * a parameter of that type has lost it.
 */
struct args {
	va_list ap;
};

static void put_repeated(struct sink *sink, char c, int count)
{
	static const char zeros[] = "0000000000000000";
	static const char spaces[] = "                ";
	const char *text = c == '0' ? zeros : spaces;
	const int chunk = sizeof(zeros) - 1;

	for (; count > chunk; count -= chunk)
		sink->put(sink, text, chunk);
	if (count > 0)
		sink->put(sink, text, (size_t)count);
}

static void put_padded(struct sink *sink, const struct spec *spec,
		       const char *text, int len)
{
	if (!spec->left)
		put_repeated(sink, ' ', spec->width - len);
	if (len)
		sink->put(sink, text, (size_t)len);
	if (spec->left)
		put_repeated(sink, ' ', spec->width - len);
}

static void put_string(struct sink *sink, const struct spec *spec,
		       const char *text)
{
	int max = spec->precision == NOT_GIVEN ? FIELD_MAX : spec->precision;
	int len = 0;

	if (!text)
		text = "(null)";
	while (len < max && text[len])
		len++;
	put_padded(sink, spec, text, len);
}

/* Return: first of the digits, which end at @end */
static char *make_digits(char *end, u64 value, u32 base, bool upper)
{
	const char *set = upper ? "0123456789ABCDEF" : "0123456789abcdef";

	for (; value; value /= base)
		*--end = set[value % base];
	return end;
}

static void put_number(struct sink *sink, const struct spec *spec, u64 value,
		       u32 base, const char *prefix)
{
	char buf[DIGITS_MAX];
	char *end = buf + sizeof(buf);
	char *digits = make_digits(end, value, base, spec->conversion == 'X');
	int len = (int)(end - digits);
	int prefix_len = (int)strlen(prefix);
	int zeros, spaces;

	if (spec->precision != NOT_GIVEN)
		zeros = spec->precision - len;
	else if (spec->zero && !spec->left)
		zeros = spec->width - prefix_len - len;
	else
		zeros = 0;
	/* Without a precision there is at least one digit */
	if (zeros <= 0)
		zeros = !len && spec->precision == NOT_GIVEN;

	spaces = spec->width - prefix_len - zeros - len;
	if (!spec->left)
		put_repeated(sink, ' ', spaces);
	if (prefix_len)
		sink->put(sink, prefix, (size_t)prefix_len);
	put_repeated(sink, '0', zeros);
	if (len)
		sink->put(sink, digits, (size_t)len);
	if (spec->left)
		put_repeated(sink, ' ', spaces);
}

static u64 get_unsigned(const struct spec *spec, struct args *args)
{
	switch (spec->size) {
	case ARG_LONG:
		return va_arg(args->ap, unsigned long);
	case ARG_LONG_LONG:
		return va_arg(args->ap, unsigned long long);
	case ARG_SIZE:
		return va_arg(args->ap, size_t);
	default:
		return va_arg(args->ap, unsigned int);
	}
}

static void put_signed(struct sink *sink, const struct spec *spec,
		       struct args *args)
{
	u64 value = get_unsigned(spec, args);

	if (spec->size == ARG_INT)
		value = (u64)(s64)(s32)value;
	if ((s64)value < 0)
		put_number(sink, spec, 0 - value, 10, "-");
	else
		put_number(sink, spec, value, 10, "");
}

static void put_hex(struct sink *sink, const struct spec *spec,
		    struct args *args)
{
	u64 value = get_unsigned(spec, args);
	const char *prefix = spec->conversion == 'X' ? "0X" : "0x";

	put_number(sink, spec, value, 16,
		   spec->alternate && value ? prefix : "");
}

/* Return: whether the conversion is one that we know */
static bool put_conversion(struct sink *sink, const struct spec *spec,
			   struct args *args)
{
	char c;

	switch (spec->conversion) {
	case 'd':
	case 'i':
		put_signed(sink, spec, args);
		return true;
	case 'u':
		put_number(sink, spec, get_unsigned(spec, args), 10, "");
		return true;
	case 'x':
	case 'X':
		put_hex(sink, spec, args);
		return true;
	case 'p':
		put_number(sink, spec, (u64)va_arg(args->ap, void *), 16, "0x");
		return true;
	case 's':
		put_string(sink, spec, va_arg(args->ap, const char *));
		return true;
	case 'c':
		c = (char)va_arg(args->ap, int);
		put_padded(sink, spec, &c, 1);
		return true;
	case '%':
		sink->put(sink, "%", 1);
		return true;
	default:
		return false;
	}
}

static const char *parse_flags(const char *p, struct spec *spec)
{
	for (;; p++) {
		switch (*p) {
		case '-':
			spec->left = true;
			break;
		case '0':
			spec->zero = true;
			break;
		case '#':
			spec->alternate = true;
			break;
		default:
			return p;
		}
	}
}

/* A width or precision: digits (none are 0) or an argument of type int */
static const char *parse_field(const char *p, struct args *args, int *value)
{
	*value = 0;
	if (*p == '*') {
		*value = va_arg(args->ap, int);
		p++;
	}
	for (; *p >= '0' && *p <= '9'; p++)
		if (*value < FIELD_MAX)
			*value = *value * 10 + (*p - '0');
	if (*value > FIELD_MAX)
		*value = FIELD_MAX;
	if (*value < -FIELD_MAX)
		*value = -FIELD_MAX;
	return p;
}

static const char *parse_size(const char *p, struct spec *spec)
{
	if (p[0] == 'l' && p[1] == 'l') {
		spec->size = ARG_LONG_LONG;
		return p + 2;
	}
	if (*p == 'l') {
		spec->size = ARG_LONG;
		return p + 1;
	}
	if (*p == 'z') {
		spec->size = ARG_SIZE;
		return p + 1;
	}
	return p;
}

/* Return: the conversion's letter, which may be the text's end */
static const char *parse_spec(const char *p, struct args *args,
			      struct spec *spec)
{
	*spec = (struct spec){ .precision = NOT_GIVEN };

	p = parse_flags(p, spec);
	p = parse_field(p, args, &spec->width);
	if (spec->width < 0) {
		spec->left = true;
		spec->width = -spec->width;
	}
	if (*p == '.') {
		p = parse_field(p + 1, args, &spec->precision);
		if (spec->precision < 0)
			spec->precision = NOT_GIVEN;
	}
	p = parse_size(p, spec);
	spec->conversion = *p;
	return p;
}

/**
 * sink_vprintf() - print to a sink
 * @sink: gets the text in pieces, none of them empty
 * @fmt: see core/format.h. Unlike the C library's, %p of NULL is 0x0. A
 *	conversion that isn't known takes no argument and is printed as it stands.
 * @ap: the arguments
 */
void sink_vprintf(struct sink *sink, const char *fmt, va_list ap)
{
	struct args args;
	struct spec spec;
	const char *p = fmt;

	va_copy(args.ap, ap);
	while (*p) {
		const char *start = p;

		if (*p != '%') {
			while (*p && *p != '%')
				p++;
			sink->put(sink, start, (size_t)(p - start));
			continue;
		}
		p = parse_spec(p + 1, &args, &spec);
		if (*p)
			p++;
		if (!put_conversion(sink, &spec, &args))
			sink->put(sink, start, (size_t)(p - start));
	}
	va_end(args.ap);
}

/**
 * sink_printf() - print to a sink
 * @sink: gets the text
 * @fmt: see sink_vprintf()
 */
void sink_printf(struct sink *sink, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	sink_vprintf(sink, fmt, ap);
	va_end(ap);
}

/* A sink that keeps what fits and counts all */
struct buffer_sink {
	struct sink sink;
	char *buf;
	size_t room;		/* bytes, without the NUL */
	size_t len;
};

static void buffer_put(struct sink *sink, const char *text, size_t len)
{
	struct buffer_sink *b = container_of(sink, struct buffer_sink, sink);
	size_t fits = b->len < b->room ? b->room - b->len : 0;

	if (fits)
		memcpy(b->buf + b->len, text, len < fits ? len : fits);
	b->len += len;
}

/**
 * vmm_snprintf() - print to memory
 * @buf: where to; may be NULL if @size is 0
 * @size: bytes there, the NUL among them
 * @fmt: see sink_vprintf()
 *
 * Return: length the whole text has, without the NUL.
 */
int vmm_snprintf(char *buf, size_t size, const char *fmt, ...)
{
	struct buffer_sink b = {
		.sink.put = buffer_put,
		.buf = buf,
		.room = size ? size - 1 : 0,
	};
	va_list ap;

	va_start(ap, fmt);
	sink_vprintf(&b.sink, fmt, ap);
	va_end(ap);
	if (size)
		buf[b.len < b.room ? b.len : b.room] = '\0';
	return (int)b.len;
}
