// What a server that means harm says to Riegel: a program that is the login shell of one account for each mode, and
// words that do something to a terminal, everywhere a server's words are read.

/** What does something to a terminal: titles, colours, links, C1 in both forms, DEL, directions, CR, backspace, NUL. */
export const payload =
  '\\033]0;x\\007\\033[2J\\033[31m\\033]8;;http://evil.example\\033\\\\link\\302\\2332J\\302\\205\\233\\377\\177\\342\\200\\256\\342\\201\\246\\330\\234\\r\\b\\b\\013\\014EVIL'

/** Perl, which every Debian has: the name of the account is the mode. Each writes down when it last said something useful. */
export const hostileShell = `#!/usr/bin/perl
use strict; use warnings;
$| = 1;
my $mode = getpwuid($<);
$SIG{HUP} = $SIG{TERM} = 'IGNORE' if $mode eq 'stubborn';
my $evil = "${payload}";
sub useful { open my $f, '>', "/srv/hostile/$ENV{RIEGEL_RUN}" or return; print $f 1; close $f }
my ($token, $look);
sub learn { my $n = <STDIN>; read STDIN, my $program, $n; my $go = <STDIN>; ($token) = $go =~ /^(riegel-\\w+) go/ }
sub say_line { print "\\n$token $_[0]\\n" }
sub frame {
  my $head = <STDIN>; exit unless defined $head;
  my (undef, $n, $m) = split ' ', $head; read STDIN, my $script, $n; read STDIN, my $input, $m;
  ($look) = $script =~ /^RIEGEL_TOKEN=(\\S+)/m;
  return $script;
}
sub answer { say_line('wait'); open my $f, '-|', 'sudo', '-n', 'sh', '-c', "RIEGEL_UID=0 RIEGEL_OPERATOR=root RIEGEL_CONNECTION='$ENV{SSH_CONNECTION}'; export RIEGEL_UID RIEGEL_OPERATOR RIEGEL_CONNECTION; $_[0]"; local $/; my $all = <$f>; return $all }
sub never { useful(); sleep 1000 while 1 }
sub ready { learn(); say_line('ready 0 root') }
# answers every frame with what a change makes of the truth
sub lying { my $change = shift; ready(); while (1) { my $true = answer(frame()); say_line('wait'); my $lie = $change->($true); say_line('out'); print $lie; say_line('end 0'); useful() } }
sub block { my ($all, $name, $new) = @_; $all =~ s/(\\n$look begin $name\\n).*?(\\n$look end $name )\\d+/$1$new\${2}0/s; return $all }
my @trickle = ('x', "\\n", "\\e");
my %modes = (
  'silent' => sub { never() },
  'stubborn' => sub { never() },
  'noise' => sub { useful(); my $n = 'x' x 65536; print "$n\\n" while 1 },
  'noise-escapes' => sub { useful(); my $n = $evil x 2000; print $n while 1 },
  # none of this ends it but patience: with a pause, or it takes the machine from the other tests for that long
  'noise-errors' => sub { useful(); my $n = $evil x 2000; while (1) { print STDERR $n; select undef, undef, undef, 0.02 } },
  'trickle' => sub { useful(); while (1) { print $trickle[rand 3]; sleep 1 } },
  'ready-silent' => sub { ready(); never() },
  'ready-dies' => sub { ready(); frame(); useful(); exit 3 },
  'ready-trickle' => sub { ready(); frame(); say_line('out'); useful(); while (1) { print $trickle[rand 3]; sleep 1 } },
  'wait-for-ever' => sub { ready(); while (1) { useful(); say_line('wait'); sleep 1 } },
  'frame-endless' => sub { ready(); frame(); say_line('out'); print "\\n$look begin system\\nos-release:ID=debian\\n"; useful(); my $n = "$evil\\n" x 1000; print $n while 1 },
  'frame-escapes' => sub { ready(); frame(); say_line('out'); useful(); my $n = "\\e[31m" x 10000; print $n while 1 },
  'lines-endless' => sub { ready(); frame(); useful(); say_line('out') while 1 },
  'big-section' => sub { lying(sub { block($_[0], 'listeners', "LISTEN 0 128 0.0.0.0:22 0.0.0.0:*\\n" x 600_000) }) },
  'cut-half' => sub { lying(sub { substr $_[0], 0, int(length($_[0]) / 2) }) },
  'cut-start' => sub { lying(sub { substr $_[0], int(length($_[0]) / 2) }) },
  'no-ends' => sub { lying(sub { my $a = shift; $a =~ s/\\n$look end \\S+ \\d+\\n/\\n/g; $a }) },
  'only-done' => sub { lying(sub { "\\n$look done\\n" }) },
  'nothing' => sub { lying(sub { '' }) },
  'bad-status' => sub { lying(sub { my $a = shift; my @s = ('x', -1, '', 999, '0x0', 75); my $i = 0; $a =~ s/(\\n$look end \\S+ )\\d+/$1 . $s[$i++ % 6]/ge; $a }) },
  'empty-sections' => sub { lying(sub { my $a = shift; $a =~ s/(\\n$look begin (\\S+)\\n).*?(\\n$look end )/$1$3/gs; $a }) },
  'early-end' => sub { ready(); for (1 .. 1000) { say_line('out'); say_line('end 0') } never() },
  'end-first' => sub { ready(); while (1) { my $true = answer(frame()); say_line('out'); say_line('end 0'); print $true; useful() } },
  'wrong-token' => sub { learn(); $token =~ tr/0-9a-f/1-9a-f0/; say_line('ready 0 root'); never() },
  'half-ready' => sub { learn(); print "\\n$token ready 0"; never() },
  'evil-ready' => sub { learn(); (my $e = $evil) =~ s/\\s//g; say_line("ready 0 $e"); never() },
  'evil-password' => sub { learn(); (my $e = $evil) =~ s/\\s//g; say_line("password $e"); useful(); print STDERR "sudo: $evil: incorrect password, try again\\n"; useful(); sleep 1000 while 1 },
  'password-silent' => sub { learn(); say_line('password root'); never() },
  'bytes' => sub { lying(sub { my $a = shift; my @b = ("\\0", "\\xff\\xfe", "\\xc3", "\\0\\0"); my $i = 0; $a =~ s/([=\\t:])(?!\\S* begin|\\S* end)/$1 . $b[$i++ % 4]/ge; $a }) },
  'crowd' => sub { lying(sub { block($_[0], 'accounts', join('', map { "A\\tu$_\\t0\\t0\\t/root\\t/bin/sh\\tyes\\nS\\tu$_\\tnone\\tno\\t\\t\\n" } 1 .. 100_000) . "G\\troot\\t0\\t\\n") }) },
  'crowd-allowed' => sub { lying(sub { block($_[0], 'accounts', join('', map { "A\\tEVIL$evil$_\\t0\\t0\\t/root\\t/bin/sh\\tyes\\nS\\tEVIL$evil$_\\tnone\\tno\\t\\t\\n" } 1 .. 5000) . "G\\troot\\t0\\t\\n") }) },
  'listeners' => sub { lying(sub { my $a = shift; my $l = join '', map { 'LISTEN 0 128 10.0.0.1:' . (1000 + $_ % 60000) . " 0.0.0.0:* users:((\\"EVIL$evil\\",pid=$_,fd=3))\\n" } 1 .. 90_000; $a =~ s/(\\n$look begin listeners\\n)/$1$l/; $a }) },
);
# after each part of a line, one place after the other, so that some of it gets through every parser
for my $k (0 .. 7) {
  $modes{"escapes$k"} = sub { lying(sub {
    join "\\n", map {
      if (/^riegel-[0-9a-f]{32} /) { $_ } else { my @p = split /([\\t =:",()])/; my $at = 2 * $k < @p ? 2 * $k : $#p; $p[$at] .= $evil if @p && $k < 7; $_ = join '', @p; $_ .= $evil if $k == 7; $_ }
    } split /\\n/, $_[0], -1
  }) };
}
($modes{$mode} || sub { die "no mode $mode" })->();
`

/** The names of all modes, as they stand in the program. */
export const modes: readonly string[] = [
  ...[...hostileShell.matchAll(/^ {2}'([a-z-]+)' => sub/gm)].map(found => found[1]!),
  ...Array.from({ length: 8 }, (_, k) => `escapes${k}`),
]

/** A server where every mode has its account, and all of them the operator's key. */
export const hostileSetup = (keyLine: string): string => `cat >/usr/local/bin/hostile <<'END-HOSTILE'
${hostileShell}END-HOSTILE
chmod 755 /usr/local/bin/hostile
perl -c /usr/local/bin/hostile
mkdir -m 1777 /srv/hostile
echo '${keyLine}' >/etc/ssh/keys
groupadd hostile
echo '%hostile ALL=(ALL:ALL) NOPASSWD: ALL' >/etc/sudoers.d/90-hostile
chmod 440 /etc/sudoers.d/90-hostile
for mode in ${modes.join(' ')}; do useradd -M -d / -s /usr/local/bin/hostile -G hostile $mode; done
cat >/etc/ssh/sshd_config.d/10-hostile.conf <<'END'
AuthorizedKeysFile /etc/ssh/keys
AcceptEnv RIEGEL_RUN
MaxStartups 100:30:200
PerSourcePenalties no
PrintMotd yes
PrintLastLog yes
END
`

/** An ordinary server whose own words are hostile: nobody lies there, somebody only chose the names. */
export const hostileWords = (keyLine: string): string => `mkdir -p -m 700 /root/.ssh
evil=$(printf '${payload}')
name=$(printf %s "$evil" | tr -d ':/')
{ echo '${keyLine}'; echo '${keyLine}' | sed 's/ [^ ]*$//' | tr -d '\n'; echo " $evil"; ssh-keygen -q -t rsa -b 1024 -N '' -C "$evil" -f /tmp/weak; cat /tmp/weak.pub; } >/root/.ssh/authorized_keys
cp /tmp/weak "/root/.ssh/id_$name"
chmod 600 /root/.ssh/*
printf 'PRETTY_NAME="%s"\nID="debian%s"\nVERSION_ID="13%s"\nVERSION_CODENAME="%s"\n' "$evil" "$evil" "$evil" "$evil" >/etc/os-release.evil
rm /etc/os-release; mv /etc/os-release.evil /etc/os-release
printf '%s:x:0:0:%s:/root:/bin/sh\n' "$name" "$name" >>/etc/passwd
printf '%s::1::::::\n' "$name" >>/etc/shadow
printf 'evil%s:x:1777:1777::/home/x:/bin/sh\n' "$name" >>/etc/passwd
printf 'evil%s:x:1777:%s\n' "$name" "$name" >>/etc/group
printf '%s\n' "$evil" >/etc/motd
printf 'Debian %s\n' "$evil" >/etc/issue.net
printf 'Banner /etc/issue.net\nPermitRootLogin yes\nPasswordAuthentication yes\nPerSourcePenalties no\nAcceptEnv RIEGEL_RUN %s\n' "$evil" >"/etc/ssh/sshd_config.d/10-evil.conf"
useradd -m -s /bin/bash bert
printf 'bert:q3wk.n8xd\n' | chpasswd
mkdir -m 700 /home/bert/.ssh; echo '${keyLine}' >/home/bert/.ssh/authorized_keys; chown -R bert:bert /home/bert/.ssh
printf 'Defaults badpass_message="%s"\nbert ALL=(ALL:ALL) ALL\n' "$(printf %s "$evil" | tr -d '"\\134')" >/etc/sudoers.d/50-bert; chmod 440 /etc/sudoers.d/50-bert
printf 'echo "%s"\necho "%s" >&2\n' "$evil" "$evil" >>/home/bert/.bashrc
D=/var/lib/riegel/20261124-190201-kq7m; mkdir -p "$D" /var/lib/riegel/20261124-190202-kq7m
cat >"$D/lib.sh" <<END
ID=20261124-190201-kq7m
state() { echo confirmed; }
up() { echo 1; }
digest() { echo x; }
ours() { false; }
END
{ sed 's/190201/190202/; s/confirmed/armed/' "$D/lib.sh"; printf 'ID="evil%s"\n' "$evil"; } >/var/lib/riegel/20261124-190202-kq7m/lib.sh
echo 5 >/var/lib/riegel/20261124-190202-kq7m/lease
printf '{"schema":"riegel.about/1","id":"x","riegel":"0","at":"\\\\u001b[31mEVIL","by":7,"from":null,"ports":{"before":[],"after":[]}}' >/var/lib/riegel/20261124-190202-kq7m/about.json
perl -e 'my $e = join "", map { sprintf "\\\\u%04x", ord } split //, $ARGV[0]; print qq({"schema":"riegel.about/1","id":"$e","riegel":"$e","at":"2026-11-24T19:02:01Z","by":"$e","from":"$e","method":"$e","account":"$e","made":true,"ports":{"before":[22],"after":[301]},"rules":["$e"],"files":["$e"]})' "$evil" >"$D/about.json"
printf '12:00 %s\n' "$evil" >"$D/journal"; cp "$D/journal" /var/lib/riegel/20261124-190202-kq7m/journal
printf '0\tabsent\t/etc/%s\n' "$evil" >"$D/before"; cp "$D/before" /var/lib/riegel/20261124-190202-kq7m/before
`
