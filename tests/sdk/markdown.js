'use strict';

// Renders the Markdown documents of a JSON list on stdin: says on stdout, one line of JSON for each,
// which blocks they have, what every text in them shows, and where their links lead.

const fs = require('fs');
const markdown = require('markdown-it')({ html: true });

// What is between the marks of these is shown; the marks are checked by the text they leave.
const MARKS = ['em_open', 'em_close', 'strong_open', 'strong_close', 'link_open', 'link_close'];
// Links as they are written, for the tests compare them.
markdown.normalizeLink = (address) => address;

for (const document of JSON.parse(fs.readFileSync(0, 'utf8'))) {
    const [blocks, texts, links] = [[], [], []];
    for (const block of markdown.parse(document, {})) {
        blocks.push(`${block.type} ${block.tag}`);
        if (block.type !== 'inline') continue;
        let text = '';
        for (const { type, content, attrs } of block.children) {
            if (type === 'text') text += content;
            else if (type === 'hardbreak') text += '\n';
            else if (!MARKS.includes(type)) text += `[${type}]`;
            if (type === 'link_open') links.push(attrs[0][1]);
        }
        texts.push(text);
    }
    process.stdout.write(`${JSON.stringify({ blocks, texts, links })}\n`);
}
