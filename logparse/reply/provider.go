package reply

// Provider is a big receiver (or filter vendor) whose replies are known.
type Provider uint8

const (
	ProviderNone Provider = iota
	Google
	Microsoft
	Yahoo
	Apple
	GMX
	TOnline
	Comcast
	Proofpoint
	Mimecast
	Barracuda
	Cisco
	Orange
	Free
	LaPoste
	OVH
	Strato
	Ionos
	Zoho
	Fastmail
	MailRu
	Yandex
	QQ
	NetEase
	Libero
	Seznam
	Proton
	Amazon
	Charter
	ATT
	NumProviders
)

var providerNames = [NumProviders]string{
	"", "google", "microsoft", "yahoo", "apple", "gmx", "t-online", "comcast", "proofpoint", "mimecast", "barracuda", "cisco",
	"orange", "free", "laposte", "ovh", "strato", "ionos", "zoho", "fastmail", "mail.ru", "yandex", "qq", "netease", "libero", "seznam",
	"proton", "amazon", "charter", "att",
}

func (p Provider) String() string { return providerNames[p] }

// mxSuffixes maps the host name of a next hop to its provider. Hosted domains
// point their MX there, so the host tells more than the recipient's domain.
var mxSuffixes = []struct {
	suffix   string
	provider Provider
}{
	{"google.com", Google}, {"googlemail.com", Google}, {"smtp.goog", Google},
	{"protection.outlook.com", Microsoft}, {"outlook.com", Microsoft}, {"hotmail.com", Microsoft}, {"mx.microsoft", Microsoft}, {"office365.com", Microsoft},
	{"yahoodns.net", Yahoo}, {"yahoo.com", Yahoo}, {"aol.com", Yahoo},
	{"mail.icloud.com", Apple}, {"apple.com", Apple},
	{"gmx.net", GMX}, {"web.de", GMX}, {"mail.com", GMX}, {"gmx.com", GMX},
	{"t-online.de", TOnline},
	{"comcast.net", Comcast},
	{"pphosted.com", Proofpoint}, {"ppe-hosted.com", Proofpoint}, {"gpphosted.com", Proofpoint},
	{"mimecast.com", Mimecast}, {"mimecast.co.za", Mimecast},
	{"barracudanetworks.com", Barracuda}, {"ess.barracuda.com", Barracuda},
	{"iphmx.com", Cisco},
	{"orange.fr", Orange}, {"wanadoo.fr", Orange},
	{"free.fr", Free}, {"laposte.net", LaPoste}, {"ovh.net", OVH}, {"ovh.ca", OVH},
	{"rzone.de", Strato}, {"kundenserver.de", Ionos}, {"ionos.com", Ionos}, {"ionos.de", Ionos}, {"perfora.net", Ionos},
	{"zoho.com", Zoho}, {"zoho.eu", Zoho}, {"messagingengine.com", Fastmail},
	{"mail.ru", MailRu}, {"yandex.ru", Yandex}, {"yandex.net", Yandex}, {"qq.com", QQ},
	{"163.com", NetEase}, {"126.com", NetEase}, {"netease.com", NetEase},
	{"libero.it", Libero}, {"virgilio.it", Libero}, {"seznam.cz", Seznam}, {"protonmail.ch", Proton},
	{"amazonaws.com", Amazon}, {"amazonses.com", Amazon}, {"charter.net", Charter}, {"rr.com", Charter}, {"prodigy.net", ATT}, {"att.net", ATT},
}

// ProviderOfHost is the provider that runs the mail host, or ProviderNone.
func ProviderOfHost(host []byte) Provider {
	if n := len(host); n > 0 && host[n-1] == '.' {
		host = host[:n-1]
	}
	for i := range mxSuffixes {
		if m := &mxSuffixes[i]; hasDomainSuffix(host, m.suffix) {
			return m.provider
		}
	}
	return ProviderNone
}

func hasDomainSuffix(host []byte, suffix string) bool {
	at := len(host) - len(suffix)
	if at < 0 || at > 0 && host[at-1] != '.' {
		return false
	}
	return equalFold(host[at:], suffix)
}

// equalFold compares b with s, which is lower case.
func equalFold(b []byte, s string) bool {
	if len(b) != len(s) {
		return false
	}
	for i := range b {
		if lower(b[i]) != s[i] {
			return false
		}
	}
	return true
}

func lower(c byte) byte {
	if c-'A' < 26 {
		c |= 0x20
	}
	return c
}
